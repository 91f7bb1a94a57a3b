#include "cai/config/edit.hpp"

#include <sys/stat.h>

#include <thread>

#include "cai/base/filesystem.hpp"
#include "config/config_fixture.hpp"

namespace cai {
namespace {

std::string set(const std::string& content, std::string_view key, std::string_view value) {
  return with_setting({"/home/me/config.toml", content}, known_key(key), value);
}
std::string unset(const std::string& content, std::string_view key) {
  return without_setting({"/home/me/config.toml", content}, known_key(key));
}

/// The text after the key was set; and taking it out again must give back what was there.
std::string added(const std::string& content, std::string_view key, std::string_view value) {
  const auto result = set(content, key, value);
  EXPECT_EQ(unset(result, key), content);
  return result;
}

TEST(ConfigEdit, AddsALineWhereItsLikeStands) {
  EXPECT_EQ(added("", "keep", "true"), "keep = true\n");
  EXPECT_EQ(added("", "container.memory", "4g"), "container.memory = \"4g\"\n");
  EXPECT_EQ(added("container.cpus = 2 # two\n", "container.memory", "4g"),
            "container.cpus = 2 # two\ncontainer.memory = \"4g\"\n");
  EXPECT_EQ(added("[container]\n  cpus = 2\n\n[ssh]\nport_range_end = 2600\n", "container.memory", "4g"),
            "[container]\n  cpus = 2\n  memory = \"4g\"\n\n[ssh]\nport_range_end = 2600\n");
  EXPECT_EQ(added("[container] # mine\n\n[ssh]\n", "container.memory", "4g"),
            "[container] # mine\nmemory = \"4g\"\n\n[ssh]\n");
  EXPECT_EQ(added("# top\n\n# of ssh\n[ssh]\n", "keep", "true"), "# top\nkeep = true\n\n# of ssh\n[ssh]\n");
  EXPECT_EQ(added("# top\n[ssh]\n", "keep", "true"), "# top\nkeep = true\n[ssh]\n");
  EXPECT_EQ(added("[ssh]\nforward_agent = true\n", "keep", "true"),
            "keep = true\n[ssh]\nforward_agent = true\n");
  EXPECT_EQ(added("agent = \"x\" # mine\n\n[ssh]\n", "data_volume", "team"),
            "agent = \"x\" # mine\ndata_volume = \"team\"\n\n[ssh]\n");
}

TEST(ConfigEdit, FindsTheRightTableAmongNestedOnes) {
  EXPECT_EQ(added("[box.images]\nnode = \"n\"\n", "box.image", "i"),
            "box.image = \"i\"\n[box.images]\nnode = \"n\"\n");
  EXPECT_EQ(added("[box]\nimage = \"i\"\n", "box.images.node", "n"),
            "[box]\nimage = \"i\"\nimages.node = \"n\"\n");
  EXPECT_EQ(added("[box]\n[box.images]\n", "box.image", "i"), "[box]\nimage = \"i\"\n[box.images]\n");
}

TEST(ConfigEdit, WritesIntoInlineTables) {
  EXPECT_EQ(added("container = { cpus = 2 } # both\n", "container.memory", "4g"),
            "container = { cpus = 2, memory = \"4g\" } # both\n");
  EXPECT_EQ(added("box = { image = \"i\" }", "box.images.go", "g"),
            "box = { image = \"i\", images.go = \"g\" }");
  EXPECT_EQ(unset("container = { cpus = 2 , memory = \"4g\" }\n", "container.cpus"),
            "container = { memory = \"4g\" }\n");
  EXPECT_EQ(unset("container = { cpus = 2 }\n", "container.cpus"), "container = {  }\n");
  EXPECT_EQ(unset("box = { images.node = \"a{,b\", image = \"i\" }\n", "box.images.node"),
            "box = { image = \"i\" }\n");
}

TEST(ConfigEdit, ReplacesOnlyTheValue) {
  EXPECT_EQ(set("[container]\n\tmemory=\"2g\"\t# enough\ncpus = 2\n", "container.memory", "4g"),
            "[container]\n\tmemory=\"4g\"\t# enough\ncpus = 2\n");
  EXPECT_EQ(set("agent = 'claude' # \xC3\xA4\n", "agent.default", "a \"b\" \\ \xC3\xA9"),
            "agent = \"a \\\"b\\\" \\\\ \xC3\xA9\" # \xC3\xA4\n");
  EXPECT_EQ(set("agent = \"\"\"\nclaude\"\"\"# c\n", "agent", "x"), "agent = \"x\"# c\n");
  EXPECT_EQ(set("container.cpus=1.5", "container.cpus", "4"), "container.cpus=4");
  EXPECT_EQ(set("container.memory = 4294967296\n", "container.memory", "8g"), "container.memory = \"8g\"\n");
  EXPECT_EQ(set("export.exclude = [\n  \"a\", # one\n]\n# end\n", "export.exclude", "b, *.log"),
            "export.exclude = [\"b\", \"*.log\"]\n# end\n");
  EXPECT_EQ(set("security.cap_add = [\"CHOWN\"]\n", "security.cap_add", ""), "security.cap_add = []\n");
}

TEST(ConfigEdit, KeepsTheFilesOwnNewlines) {
  EXPECT_EQ(added("keep = true\r\n# end\r\n", "data_volume", "team"),
            "keep = true\r\ndata_volume = \"team\"\r\n# end\r\n");
  EXPECT_EQ(added("keep = true", "data_volume", "team"), "keep = true\ndata_volume = \"team\"");
  EXPECT_EQ(added("# a\r\nkeep = true", "data_volume", "team"),
            "# a\r\nkeep = true\r\ndata_volume = \"team\"");
  EXPECT_EQ(added("\xEF\xBB\xBFkeep = true\n", "data_volume", "team"),
            "\xEF\xBB\xBFkeep = true\ndata_volume = \"team\"\n");
  EXPECT_EQ(added("\xEF\xBB\xBF[ssh]\n", "keep", "true"), "\xEF\xBB\xBFkeep = true\n[ssh]\n");
  EXPECT_EQ(unset("\xEF\xBB\xBFkeep = true\n", "keep"), "\xEF\xBB\xBF");
}

TEST(ConfigEdit, TakesOutWholeStatements) {
  EXPECT_EQ(unset("# a\nkeep = true # gone with it\n# b\n", "keep"), "# a\n# b\n");
  EXPECT_EQ(unset("export.exclude = [\n \"a\",\n]\nkeep = true\n", "export.exclude"), "keep = true\n");
  EXPECT_EQ(unset("[container]\nmemory = \"4g\"\n", "container.memory"), "[container]\n");
  EXPECT_EQ(unset("keep = true\n", "data_volume"), "keep = true\n");
}

class ConfigEditFile : public ConfigFixture {
 protected:
  std::string refused(const std::string& content, std::string_view key, std::string_view value) {
    return problem_of([&] { set(content, key, value); });
  }
  bool change(std::string_view key, std::string_view value) {
    return change_user_file(user_file_, world_ / "lock", [&](const std::string& content) {
      return with_setting({user_file_, content}, known_key(key), value);
    });
  }
  static std::string content_of(const std::filesystem::path& file) {
    return read_file(file).value_or("none");
  }
  static mode_t mode_of(const std::filesystem::path& file) {
    struct stat status {};
    EXPECT_EQ(stat(file.c_str(), &status), 0);
    return status.st_mode & 07777U;
  }
};

TEST_F(ConfigEditFile, RefusesWhatWouldNotLoad) {
  EXPECT_EQ(refused("", "container.memory", "much"),
            "container.memory must be a size such as 512m or 4g, not \"much\"");
  EXPECT_TRUE(contains(refused("", "container.cpus", ""), "cannot be empty"));
  EXPECT_TRUE(contains(refused("keep = true\nkeep = false\n", "agent", "x"), "/home/me/config.toml:2:"));
  EXPECT_TRUE(contains(refused("kep = true\n", "agent", "x"),
                       "/home/me/config.toml:1:1: unknown key \"kep\"; did you mean \"keep\"?"));
  EXPECT_TRUE(contains(refused("", "ssh.port_range_start", "2600"), "is greater than"));
  EXPECT_TRUE(
      contains(problem_of([] { known_key("container.memroy"); }), "did you mean \"container.memory\"?"));
  EXPECT_EQ(set("keep = 3\n", "keep", "true"), "keep = true\n") << "a mistake can be mended";
  EXPECT_THROW(set("container = {}\n", "container.memory", "4g"), Error);
  EXPECT_TRUE(contains(problem_of([] {
                         with_setting({"f", "", true}, known_key("data_volume"), "team");
                       }),
                       "only your own configuration file"));
}

TEST_F(ConfigEditFile, MakesAPrivateFileAndKeepsTheModeOfOneThatIsThere) {
  EXPECT_TRUE(change("keep", "true"));
  EXPECT_EQ(content_of(user_file_), "keep = true\n");
  EXPECT_EQ(mode_of(user_file_), 0600U);
  ASSERT_EQ(chmod(user_file_.c_str(), 0640), 0);
  EXPECT_TRUE(change("keep", "false"));
  EXPECT_EQ(mode_of(user_file_), 0640U);
  EXPECT_FALSE(change("keep", "false"));
}

TEST_F(ConfigEditFile, ALinkStaysALinkEvenToNothing) {
  std::filesystem::create_directory(world_ / "dotfiles");
  std::filesystem::create_symlink("dotfiles/one", user_file_);
  std::filesystem::create_symlink("cai.toml", world_ / "dotfiles/one");
  EXPECT_TRUE(change("keep", "true"));
  EXPECT_TRUE(change("agent", "x"));
  EXPECT_TRUE(std::filesystem::is_symlink(user_file_));
  EXPECT_TRUE(std::filesystem::is_symlink(world_ / "dotfiles/one"));
  EXPECT_EQ(content_of(world_ / "dotfiles/cai.toml"), "keep = true\nagent.default = \"x\"\n");
}

TEST_F(ConfigEditFile, WhatFailsWritesNothing) {
  write(user_file_, "# mine\nkep = true\n");
  EXPECT_THROW(change("keep", "true"), Error);
  EXPECT_EQ(content_of(user_file_), "# mine\nkep = true\n");
}

TEST_F(ConfigEditFile, WritersAtOnceLoseNothing) {
  const std::vector<std::pair<std::string, std::string>> values = {
      {"keep", "true"},           {"agent.default", "a"},   {"data_volume", "team"},
      {"container.memory", "4g"}, {"container.cpus", "2"},  {"gc.age", "7d"},
      {"box.image", "i"},         {"box.images.node", "n"}, {"template.default", "t"},
      {"export.exclude", "x,y"},  {"engine.context", "c"},  {"ssh.forward_agent", "true"}};
  std::vector<std::thread> writers;
  for (const auto& [key, value] : values) {
    writers.emplace_back([&, key = key, value = value] { change(key, value); });
  }
  for (auto& writer : writers) writer.join();
  const auto settings = load();
  for (const auto& [key, value] : values) EXPECT_EQ(settings.text(key), value) << key;
}

TEST_F(ConfigEditFile, TheRepositorysFileStaysInTheRepository) {
  const auto root = world_ / "repo";
  write(root / ".containai/config.toml", "# team\ncontainer.memory = \"2g\"\n");
  const auto former = read_repository_file(root).value();
  replace_repository_file(root, former, "# team\ncontainer.memory = \"4g\"\n");
  EXPECT_EQ(read_repository_file(root)->content, "# team\ncontainer.memory = \"4g\"\n");
  EXPECT_THROW(replace_repository_file(root, former, "x"), Error) << "changed meanwhile";

  const auto latest = read_repository_file(root).value();
  std::filesystem::rename(root / ".containai", world_ / "outside");
  std::filesystem::create_symlink(world_ / "outside", root / ".containai");
  EXPECT_THROW(replace_repository_file(root, latest, "x"), Error);
  EXPECT_EQ(content_of(world_ / "outside/config.toml"), latest.content);
}

}  // namespace
}  // namespace cai
