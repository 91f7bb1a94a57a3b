// Row 84 and what goes with it: templates are made, used, and workspaces fall behind them.
#include <gtest/gtest.h>

#include <fstream>

#include "e2e/world.hpp"

namespace cai::e2e {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Template, NewIsBuiltUsedAndNeverOverwritten) {
  World world;
  const auto name = World::unique();
  const auto repository = world.repository(name);
  const auto made = world.cai(repository, {"template", "new", name});
  ASSERT_EQ(made.code, 0) << made.err;
  const auto file = world.home() / ".config/containai/templates" / name / "Dockerfile";
  EXPECT_EQ(made.out, file.string() + "\n");
  std::ofstream(file, std::ios::app) << "ENV MARK=here\n";
  const auto again = world.cai(repository, {"template", "new", name});
  EXPECT_EQ(again.code, 3) << again.err;
  EXPECT_EQ(world.cai(repository, {"template", "new", "No Name"}).code, 2);

  ASSERT_EQ(world.cai(repository, {"-d", "--template", name}).code, 0);
  EXPECT_EQ(world.cai(repository, {"exec", "--", "sh", "-c", "echo $MARK"}).out, "here\n");
  const auto listed = world.cai(repository, {"template", "list"}).out;
  EXPECT_TRUE(has(listed, name + "-auth")) << listed;
  const auto json = world.cai(repository, {"template", "show", name, "--json"}).out;
  EXPECT_TRUE(has(json, "\"workspace\": \"" + name + "-auth\"")) << json;
  world.docker({"rmi", world.inspect(name + "-auth", "{{.Config.Image}}")});
}

TEST(Template, Row84DiffSaysWhoIsBehindAndWhy) {
  World world;
  const auto name = World::unique();
  const auto repository = world.repository(name);
  EXPECT_EQ(world.cai(repository, {"template", "diff", "nothing"}).code, 10);
  ASSERT_EQ(world.cai(repository, {"template", "new", name}).code, 0);
  const auto folder = world.home() / ".config/containai/templates" / name;
  ASSERT_EQ(world.cai(repository, {"-d", "--template", name}).code, 0);
  const auto former_image = world.inspect(name + "-auth", "{{.Config.Image}}");
  const auto same = world.cai(repository, {"template", "diff"});
  EXPECT_EQ(same.code, 0);
  EXPECT_EQ(same.out, "");

  std::ofstream(folder / "Dockerfile", std::ios::app) << "ENV MARK=changed\n";
  std::ofstream(folder / "tool.sh") << "#!/bin/sh\n";
  ASSERT_EQ(world.cai(repository, {"config", "set", "container.memory", "700m"}).code, 0);
  const auto behind = world.cai(repository, {"template", "diff", name});
  EXPECT_EQ(behind.code, 0) << behind.err;
  EXPECT_TRUE(behind.out.starts_with(name + "-auth (")) << behind.out;
  EXPECT_TRUE(has(behind.out, "\n    +ENV MARK=changed\n")) << behind.out;
  EXPECT_TRUE(has(behind.out, "\n  tool.sh added\n")) << behind.out;
  EXPECT_TRUE(has(behind.out, "memory: half of the host's -> 700 MB")) << behind.out;
  EXPECT_EQ(world.cai(repository, {"template", "diff", "default"}).out, "");

  // Who built the image somewhere else does not know what it was.
  std::filesystem::remove_all(world.home() / ".local/state/containai/templates");
  const auto unknown = world.cai(repository, {"template", "diff", "--json"}).out;
  EXPECT_TRUE(has(unknown, "\"files_known\": false")) << unknown;

  ASSERT_EQ(world.cai(repository, {"--fresh", "-d"}).code, 0);
  EXPECT_EQ(world.cai(repository, {"template", "diff"}).out, "");
  world.docker({"rmi", former_image, world.inspect(name + "-auth", "{{.Config.Image}}")});
}

TEST(Template, ListAnswersWithoutAnEngine) {
  World world;
  const auto repository = world.repository(World::unique());
  world.environment["DOCKER_HOST"] = "unix:///nonexistent/engine.sock";
  const auto listed = world.cai(repository, {"template", "list", "--json"});
  EXPECT_EQ(listed.code, 0) << listed.err;
  EXPECT_TRUE(has(listed.out, "\"used_by\": null")) << listed.out;
  EXPECT_EQ(world.cai(repository, {"template", "diff"}).code, 20);
}

}  // namespace
}  // namespace cai::e2e
