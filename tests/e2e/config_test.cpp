// Row 93 of the acceptance list: settings are read, written and explained.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "e2e/world.hpp"

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, const std::string& content) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
}
std::string content_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream content;
  content << stream.rdbuf();
  return content.str();
}
bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Config, Row93SetKeepsEveryOtherByte) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto file = world.home() / ".config/containai/config.toml";
  EXPECT_EQ(world.cai(repository, {"config", "set", "container.memory", "4g"}).code, 0);
  EXPECT_EQ(content_of(file), "container.memory = \"4g\"\n");

  write(file, "# mine\n[container]\n  memory = \"1g\"   # small\n\n[ssh] # ports\r\n");
  const auto set = world.cai(repository, {"config", "set", "container.memory", "2g"});
  EXPECT_EQ(set.code, 0) << set.err;
  EXPECT_EQ(set.out, "");
  EXPECT_EQ(content_of(file), "# mine\n[container]\n  memory = \"2g\"   # small\n\n[ssh] # ports\r\n");
  EXPECT_EQ(world.cai(repository, {"config", "get", "container.memory"}).out, "2g\n");
  EXPECT_TRUE(has(world.cai(repository, {"config", "list"}).out, "user file (" + file.string() + ")"));

  EXPECT_EQ(world.cai(repository, {"config", "unset", "container.memory", "--global"}).code, 0);
  EXPECT_EQ(content_of(file), "# mine\n[container]\n\n[ssh] # ports\r\n");
  const auto again = world.cai(repository, {"config", "unset", "container.memory", "--json"});
  EXPECT_EQ(again.code, 0);
  EXPECT_TRUE(has(again.out, "\"changed\": false")) << again.out;
}

TEST(Config, Row93WhatIsWrongIsRefusedAndNothingIsWritten) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto file = world.home() / ".config/containai/config.toml";
  write(file, "keep = true\n");
  const auto unknown = world.cai(repository, {"config", "set", "container.memroy", "4g"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_TRUE(has(unknown.err, "did you mean \"container.memory\"")) << unknown.err;
  const auto bad = world.cai(repository, {"config", "set", "container.memory", "a lot"});
  EXPECT_EQ(bad.code, 2);
  EXPECT_TRUE(has(bad.err, "such as 512m or 4g")) << bad.err;
  EXPECT_EQ(world.cai(repository, {"config", "get", "nothing"}).code, 2);
  EXPECT_EQ(content_of(file), "keep = true\n");

  write(file, "keep = true\nagent = [oops\n");
  const auto broken = world.cai(repository, {"config", "set", "keep", "false"});
  EXPECT_EQ(broken.code, 2);
  EXPECT_TRUE(has(broken.err, file.string() + ":2:")) << broken.err;
  EXPECT_EQ(content_of(file), "keep = true\nagent = [oops\n");
}

TEST(Config, Row93TheDataVolumeIsTheMountedOne) {
  World world;
  const auto name = World::unique();
  const auto repository = world.repository(name);
  ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
  const auto told = world.cai(repository, {"config", "set", "data_volume", name + "-team"});
  EXPECT_EQ(told.code, 0);
  EXPECT_TRUE(has(told.err, "here data_volume is still " + name + "-auth-data")) << told.err;
  world.environment["CONTAINAI_DATA_VOLUME"] = name + "-other";
  EXPECT_EQ(world.cai(repository, {"-d"}).code, 0);
  const auto mounted =
      world.inspect(name + "-auth", "{{range .Mounts}}{{if eq .Type \"volume\"}}{{.Name}}{{end}}{{end}}");
  EXPECT_EQ(mounted, name + "-auth-data");
  EXPECT_EQ(world.cai(repository, {"config", "get", "data_volume"}).out, mounted + "\n");
  EXPECT_EQ(world.cai(repository, {"config", "get", "data_volume", "--global"}).out, name + "-other\n");
}

TEST(Config, ARepositorysApprovedFileIsChangedAndStaysApproved) {
  World world;
  const auto name = World::unique();
  const auto repository = world.repository(name);
  const auto theirs = repository / ".containai/config.toml";
  const auto own = world.home() / ".config/containai/config.toml";
  write(theirs, "# of the team\ncontainer.memory = \"600m\"\n");
  EXPECT_EQ(world.cai(repository, {"config", "set", "container.memory", "700m"}).code, 0);
  EXPECT_EQ(content_of(theirs), "# of the team\ncontainer.memory = \"600m\"\n")
      << "not approved: it decides nothing";
  EXPECT_EQ(content_of(own), "container.memory = \"700m\"\n");

  ASSERT_EQ(world.cai(repository, {"-d", "--trust"}).code, 0);
  EXPECT_EQ(world.cai(repository, {"config", "get", "container.memory"}).out, "600m\n");
  EXPECT_EQ(world.cai(repository, {"config", "set", "container.memory", "800m"}).code, 0);
  EXPECT_EQ(content_of(theirs), "# of the team\ncontainer.memory = \"800m\"\n");
  EXPECT_EQ(content_of(own), "container.memory = \"700m\"\n");
  EXPECT_EQ(world.cai(repository, {"config", "get", "container.memory"}).out, "800m\n");
  const auto global = world.cai(repository, {"config", "set", "container.memory", "900m", "-g"});
  EXPECT_EQ(content_of(own), "container.memory = \"900m\"\n");
  EXPECT_TRUE(has(global.err, "here container.memory is still 800m, which comes from the repository file"))
      << global.err;
  EXPECT_EQ(world.cai(repository, {"config", "set", "agent", "x"}).code, 0);
  EXPECT_TRUE(has(content_of(own), "agent.default = \"x\"")) << "a repository may not set it";
}

}  // namespace
}  // namespace cai::e2e
