#include <sys/stat.h>

#include "config/config_fixture.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;

class RepositoryFiles : public ConfigFixture {
 protected:
  void SetUp() override {
    ConfigFixture::SetUp();
    root_ = world_ / "repo";
    fs::create_directories(root_);
    file_ = root_ / ".containai/config.toml";
  }
  void expect_refused() const {
    try {
      read_repository_file(root_);
      ADD_FAILURE() << "was read";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::refused) << error.what();
    }
  }
  fs::path root_;
  fs::path file_;
};

TEST_F(RepositoryFiles, AbsentInEveryWay) {
  EXPECT_EQ(read_repository_file(root_), std::nullopt);
  fs::create_directories(file_.parent_path());
  EXPECT_EQ(read_repository_file(root_), std::nullopt);
  fs::remove(file_.parent_path());
  write(root_ / ".containai", "a file");
  EXPECT_EQ(read_repository_file(root_), std::nullopt);
}

TEST_F(RepositoryFiles, ReadByteForByte) {
  const std::string content("# \0\r\n\xFF", 6);
  write(file_, content);
  const auto file = read_repository_file(root_);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->path, file_);
  EXPECT_EQ(file->content, content);
}

TEST_F(RepositoryFiles, LinksMayNotLeaveTheRoot) {
  write(root_ / "inside.toml", "");
  fs::create_directories(file_.parent_path());
  fs::create_symlink("../inside.toml", file_);
  EXPECT_TRUE(read_repository_file(root_));
  write(world_ / "repository-secret.toml", "");
  for (const std::string target : {"../../repository-secret.toml", "/etc/hostname", "/dev/zero"}) {
    fs::remove(file_);
    fs::create_symlink(target, file_);
    expect_refused();
  }
  fs::remove_all(file_.parent_path());
  write(world_ / "repo-other/config.toml", "");  // its path starts with the root's text, but lies beside it
  fs::create_directory_symlink("../repo-other", root_ / ".containai");
  expect_refused();
}

TEST_F(RepositoryFiles, OtherThanARegularSmallFile) {
  fs::create_directories(file_);
  expect_refused();
  fs::remove(file_);
  ASSERT_EQ(mkfifo(file_.c_str(), 0600), 0);
  expect_refused();
  fs::remove(file_);
  write(file_, std::string((64U << 10U) + 1, '#'));
  expect_refused();
  write(file_, std::string(64U << 10U, '#'));
  EXPECT_TRUE(read_repository_file(root_));
}

TEST_F(RepositoryFiles, MaySetOnlyWhatIsHarmless) {
  const std::map<std::string, std::string> samples = {{"engine.context", "\"x\""},
                                                      {"engine.base_image", "\"evil/image\""},
                                                      {"agent.default", "\"sh -c evil\""},
                                                      {"data_volume", "\"other-data\""},
                                                      {"template.default", "\"repository\""},
                                                      {"container.memory", "\"2g\""},
                                                      {"container.cpus", "2"},
                                                      {"container.profile", "\"system\""},
                                                      {"ssh.port_range_start", "2000"},
                                                      {"ssh.port_range_end", "2600"},
                                                      {"ssh.forward_agent", "true"},
                                                      {"ssh.local_forward", "[\"1:localhost:2\"]"},
                                                      {"export.exclude", "[\"x\"]"},
                                                      {"import.on_create", "false"},
                                                      {"import.secrets_on_create", "true"},
                                                      {"import.additional_paths", "[\"~/.ssh\"]"},
                                                      {"import.exclude", "[\"x\"]"},
                                                      {"env.import", "[\"X_TOKEN\"]"},
                                                      {"gc.age", "\"1h\""},
                                                      {"box.image", "\"evil\""},
                                                      {"box.images.python", "\"evil\""},
                                                      {"box.images.node", "\"evil\""},
                                                      {"box.images.rust", "\"evil\""},
                                                      {"box.images.go", "\"evil\""},
                                                      {"box.images.general", "\"evil\""},
                                                      {"box.images.amplifier", "\"evil\""},
                                                      {"box.images.clean", "\"evil\""},
                                                      {"box.env_patterns", "[\"*\"]"},
                                                      {"security.cap_add", "[\"SYS_ADMIN\"]"},
                                                      {"keep", "true"}};
  for (const SettingKey& key : setting_keys()) {
    const std::string name(key.name);
    const std::string line = name + " = " + samples.at(name) + "\n";
    if (key.repository_may_set) {
      EXPECT_EQ(load_repository(line).get(name).source, Source::repository_file) << name;
      continue;
    }
    const std::string column = std::to_string(name.rfind('.') + 2);  // of the last part; npos + 2 is 1
    EXPECT_EQ(repository_problem(line),
              "/repo/.containai/config.toml:1:" + column + ": " + name +
                  ": only your own configuration file may set it, not a repository's");
  }
  EXPECT_TRUE(contains(repository_problem("agent = \"evil\""), "agent.default: only your own"));
}

TEST_F(RepositoryFiles, ForwardsOnlyToTheContainerItself) {
  EXPECT_EQ(load_repository("ssh.local_forward = [\"80:localhost:80\", \"81:127.0.0.1:81\"]")
                .list("ssh.local_forward")
                .size(),
            2U);
  for (const std::string host : {"db.lan", "169.254.169.254", "[::]", "localhost.evil.example"}) {
    const std::string problem =
        repository_problem("ssh.local_forward = [\"80:localhost:80\", \"81:" + host + ":81\"]");
    EXPECT_TRUE(contains(problem, "leads elsewhere")) << problem;
  }
}

TEST_F(RepositoryFiles, HostileContent) {
  std::string dots = "a";
  for (int i = 0; i < 30000; ++i) dots += ".a";
  for (const std::string& content :
       {dots + " = 1", "[" + dots + "]", std::string(60000, '['), "a = " + std::string(30000, '['),
        std::string(60000, '"'), std::string(60000, '\x1b'), std::string(60000, '\0'),
        std::string("\xFF\xFE\x00\x01", 4), std::string("\"\\u001b[2J\" = 1"),
        std::string("\"\xE2\x80\xAE\" = 1"), std::string("container.memory = \"\\u001b[2J\"")}) {
    const std::string problem = repository_problem(content);
    EXPECT_TRUE(problem.starts_with("/repo/.containai/config.toml:1:")) << problem;
    EXPECT_FALSE(contains(problem, "\x1b"));
    EXPECT_FALSE(contains(problem, "\xE2\x80\xAE"));
    EXPECT_LT(problem.size(), 500U);
  }
}

TEST_F(RepositoryFiles, IsDescribedForItsApproval) {
  const RepositoryFile file{
      "/repo/c.toml",
      "ssh.local_forward = [\"80:localhost:80\"]\n[container]\nmemory = \"2g\"\ncpus = 1.50\n"};
  EXPECT_EQ(describe_repository_file(file),
            (std::vector<std::string>{"ssh.local_forward = 80:localhost:80", "container.memory = 2g",
                                      "container.cpus = 1.5"}));
  EXPECT_TRUE(describe_repository_file({"/repo/c.toml", "# nothing\n"}).empty());
  EXPECT_TRUE(contains(problem_of([] {
                         describe_repository_file({"/repo/c.toml", "\nkeep = true"});
                       }),
                       "c.toml:2:1"));
}

}  // namespace
}  // namespace cai
