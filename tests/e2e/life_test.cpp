// Rows 1 to 8 of the acceptance list: the life of one workspace.
#include <gtest/gtest.h>

#include "e2e/world.hpp"

namespace cai::e2e {
namespace {

TEST(Workspace, Row1To5CreateStopStartRemove) {
  World world;
  const auto name = World::unique();
  const auto repository = world.repository(name);
  const auto made = world.cai(repository, {"run", "-d"});
  ASSERT_EQ(made.code, 0) << made.err;
  const auto container = name + "-auth";
  EXPECT_EQ(made.out, container + "\n");
  EXPECT_EQ(world.inspect(container, "{{.State.Status}}"), "running");
  const auto id = world.inspect(container, "{{.Id}}");

  EXPECT_EQ(world.cai(repository, {"run", "-d"}).code, 0);
  EXPECT_EQ(world.inspect(container, "{{.Id}}"), id);

  EXPECT_EQ(world.inspect(container, "{{index .Config.Labels \"containai.managed\"}}"), "true");
  EXPECT_EQ(world.inspect(container, "{{index .Config.Labels \"containai.workspace\"}}"),
            std::filesystem::canonical(repository).string());
  EXPECT_EQ(world.inspect(container, "{{index .Config.Labels \"containai.data-volume\"}}"),
            container + "-data");
  EXPECT_EQ(world.inspect(container, "{{index .Config.Labels \"ai.containai.template\"}}"), "default");
  EXPECT_EQ(world.inspect(container, "{{(index (index .HostConfig.PortBindings \"2222/tcp\") 0).HostPort}}"),
            world.inspect(container, "{{index .Config.Labels \"containai.ssh-port\"}}"));

  EXPECT_EQ(world.cai(repository, {"stop"}).code, 0);
  EXPECT_EQ(world.inspect(container, "{{.State.Status}}"), "exited");
  EXPECT_TRUE(world.volume_exists(container + "-data"));
  EXPECT_EQ(world.cai(repository, {"run", "-d"}).code, 0);
  EXPECT_EQ(world.inspect(container, "{{.Id}} {{.State.Status}}"), id + " running");

  EXPECT_EQ(world.cai(repository, {"stop", "--remove"}).code, 0);
  EXPECT_EQ(world.inspect(container, "{{.Id}}"), "");
  EXPECT_TRUE(world.volume_exists(container + "-data"));
  EXPECT_FALSE(std::filesystem::exists(world.home() / ".ssh/containai.d" / (container + ".conf")));
}

TEST(Workspace, Row6And7FreshAndReset) {
  World world;
  const auto name = World::unique();
  const auto repository = world.repository(name);
  ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
  ASSERT_EQ(world.cai(repository, {"exec", "--", "sh", "-c", "echo kept > ~/file"}).code, 0);
  const auto id = world.inspect(name + "-auth", "{{.Id}}");

  ASSERT_EQ(world.cai(repository, {"--fresh", "-d"}).code, 0);
  EXPECT_NE(world.inspect(name + "-auth", "{{.Id}}"), id);
  EXPECT_EQ(world.cai(repository, {"exec", "--", "sh", "-c", "cat ~/file"}).out, "kept\n");

  ASSERT_EQ(world.cai(repository, {"--reset", "-d"}).code, 0);
  const auto volume = trimmed(world.cai(repository, {"config", "get", "data_volume"}).out);
  EXPECT_NE(volume, name + "-auth-data");
  EXPECT_TRUE(world.volume_exists(name + "-auth-data"));
  EXPECT_TRUE(world.volume_exists(volume));
  EXPECT_NE(world.cai(repository, {"exec", "--", "sh", "-c", "cat ~/file"}).code, 0);
}

TEST(Workspace, Row8AForeignContainerIsNotStopped) {
  World world;
  const auto foreign = World::unique("foreign");
  ASSERT_EQ(
      world.docker({"run", "-d", "--init", "--name", foreign, "debian:bookworm-slim", "sleep", "300"}).code,
      0);
  const auto repository = world.repository(World::unique());
  const auto refused = world.cai(repository, {"stop", "--container", foreign});
  EXPECT_EQ(refused.code, 15) << refused.err;
  EXPECT_EQ(world.inspect(foreign, "{{.State.Status}}"), "running");
  world.docker({"rm", "-f", foreign});
}

}  // namespace
}  // namespace cai::e2e
