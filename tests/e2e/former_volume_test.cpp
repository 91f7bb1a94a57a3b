// Former volumes: what --reset leaves is listed, comes back on a word, and goes only with `gc --volumes`.
#include <gtest/gtest.h>

#include "e2e/terminal.hpp"
#include "e2e/world.hpp"

namespace cai::e2e {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string data_volume(World& world, const std::filesystem::path& repository) {
  return trimmed(world.cai(repository, {"config", "get", "data_volume"}).out);
}

TEST(FormerVolume, ComesBackWithItsData) {
  World world;
  const auto name = World::unique();
  const auto repository = world.repository(name);
  ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
  ASSERT_EQ(world.cai(repository, {"exec", "--", "sh", "-c", "echo kept > ~/file"}).code, 0);
  const auto former = name + "-auth-data";
  ASSERT_EQ(world.cai(repository, {"--reset", "-d"}).code, 0);
  const auto present = data_volume(world, repository);
  ASSERT_NE(present, former);
  EXPECT_TRUE(has(world.cai(repository, {"status", "--all"}).out, former));

  const auto nobody_said_yes = world.cai(repository, {"--volume", former, "-d"});
  EXPECT_EQ(nobody_said_yes.code, 3) << nobody_said_yes.err;
  EXPECT_TRUE(has(nobody_said_yes.err, former + " was the data volume of " + name + "-auth until"))
      << nobody_said_yes.err;
  EXPECT_TRUE(has(nobody_said_yes.err, "--yes")) << nobody_said_yes.err;
  EXPECT_EQ(data_volume(world, repository), present);
  Terminal terminal({cai_binary(), "--volume", former, "-d"}, world, repository);
  EXPECT_TRUE(terminal.expect("is kept as a former volume. [y/N]")) << terminal.screen();
  terminal.type("n\r");
  EXPECT_EQ(terminal.wait(), 3);
  EXPECT_EQ(world.cai(repository, {"--volume", former, "--dry-run"}).code, 0);
  EXPECT_EQ(data_volume(world, repository), present);

  const auto taken = world.cai(repository, {"--volume", former, "-d", "--yes"});
  ASSERT_EQ(taken.code, 0) << taken.err;
  EXPECT_EQ(data_volume(world, repository), former);
  EXPECT_EQ(world.cai(repository, {"exec", "--", "sh", "-c", "cat ~/file"}).out, "kept\n");
  const auto all = world.cai(repository, {"status", "--all", "--json"}).out;
  EXPECT_TRUE(has(all, "\"volume\": \"" + present + "\"")) << "now that one is the former volume";
  EXPECT_EQ(world.cai(repository, {"--volume", former, "-d"}).code, 0) << "nothing to ask";

  EXPECT_EQ(world.cai(repository, {"gc", "--age", "0h", "--force"}).code, 0);
  EXPECT_TRUE(world.volume_exists(present));
  EXPECT_EQ(world.cai(repository, {"gc", "--age", "0h", "--volumes", "--force"}).code, 0);
  EXPECT_FALSE(world.volume_exists(present));
  EXPECT_EQ(world.cai(repository, {"exec", "--", "sh", "-c", "cat ~/file"}).out, "kept\n");
}

TEST(FormerVolume, GoesToANewWorkspaceToo) {
  World world;
  const auto name = World::unique();
  const auto repository = world.repository(name);
  ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
  ASSERT_EQ(world.cai(repository, {"exec", "--", "sh", "-c", "echo kept > ~/file"}).code, 0);
  const auto volume = data_volume(world, repository);
  const auto other = world.repository(World::unique(), "main");
  const auto in_use = world.cai(other, {"--volume", volume, "-d", "--yes"});
  EXPECT_EQ(in_use.code, 3);
  EXPECT_TRUE(has(in_use.err, volume + " is the data volume of " + name + "-auth")) << in_use.err;

  ASSERT_EQ(world.cai(repository, {"destroy", name + "-auth", "--force"}).code, 0);
  const auto taken = world.cai(other, {"--volume", volume, "-d", "--yes"});
  ASSERT_EQ(taken.code, 0) << taken.err;
  EXPECT_EQ(data_volume(world, other), volume);
  EXPECT_EQ(world.cai(other, {"exec", "--", "sh", "-c", "cat ~/file"}).out, "kept\n");
}

TEST(FormerVolume, IsNotRemovedWhileSomebodyTakesItOver) {
  World world;
  const auto name = World::unique();
  const auto repository = world.repository(name);
  ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
  ASSERT_EQ(world.cai(repository, {"--reset", "-d"}).code, 0);
  const auto former = name + "-auth-data";
  // A question that nobody has answered yet.
  Terminal terminal({cai_binary(), "--volume", former, "-d"}, world, repository);
  ASSERT_TRUE(terminal.expect("[y/N]"));
  const auto spared = world.cai(repository, {"gc", "--age", "0h", "--volumes", "--force"});
  EXPECT_EQ(spared.code, 4) << spared.err;
  EXPECT_TRUE(has(spared.out + spared.err, "another cai is about to use it")) << spared.out << spared.err;
  terminal.type("y\r");
  EXPECT_EQ(terminal.wait(60), 0) << terminal.screen();
  EXPECT_EQ(data_volume(world, repository), former);
}

TEST(FormerVolume, WhatIsSomebodyElsesIsRefused) {
  World world;
  const auto name = World::unique();
  const auto repository = world.repository(name);
  const auto foreign = name + "-foreign";
  ASSERT_EQ(world.docker({"volume", "create", foreign}).code, 0);
  EXPECT_EQ(world.cai(repository, {"--volume", foreign, "-d", "--yes"}).code, 15);
  World neighbour;
  const auto theirs = neighbour.repository(World::unique());
  ASSERT_EQ(neighbour.cai(theirs, {"-d"}).code, 0);
  const auto refused = world.cai(repository, {"--volume", data_volume(neighbour, theirs), "-d", "--yes"});
  EXPECT_EQ(refused.code, 15) << refused.err;
  EXPECT_EQ(world.inspect(name + "-auth", "{{.Id}}"), "") << "nothing was made";
  EXPECT_EQ(world.cai(repository, {"--volume", foreign, "--reset", "-d"}).code, 2);
  world.docker({"volume", "rm", foreign});
}

/// Configuration shares a volume that cai did not make; the flag says no other thing about the same volume.
TEST(SharedVolume, TheFlagAgreesWithTheConfiguration) {
  World world;
  const auto shared = World::unique() + "-team";
  ASSERT_EQ(world.docker({"volume", "create", shared}).code, 0);
  ASSERT_EQ(
      world.cai(world.repository(World::unique()), {"config", "set", "--global", "data_volume", shared}).code,
      0);
  for (const auto& flags : {Words{}, Words{"--volume", shared}}) {
    const auto repository = world.repository(World::unique());
    Words words = {"-d"};
    words.insert(words.end(), flags.begin(), flags.end());
    const auto made = world.cai(repository, words);
    EXPECT_EQ(made.code, 0) << made.err;
    EXPECT_EQ(data_volume(world, repository), shared);
    // Before the next one: a volume has one writer at a time.
    EXPECT_EQ(world.cai(repository, {"stop", "--remove", "--force"}).code, 0);
  }
  world.docker({"volume", "rm", shared});
}

/// Whose volume it is counts as much when the configuration names it, for workspaces that have none yet.
TEST(SharedVolume, TheConfigurationIsJudgedAsTheFlagIs) {
  World world;
  const auto name = World::unique();
  const auto first = world.repository(name);
  ASSERT_EQ(world.cai(first, {"-d"}).code, 0);
  ASSERT_EQ(world.cai(first, {"exec", "--", "sh", "-c", "echo kept > ~/file"}).code, 0);
  const auto volume = data_volume(world, first);
  const auto configure = [&](const std::string& value) {
    ASSERT_EQ(world.cai(first, {"config", "set", "--global", "data_volume", value}).code, 0);
  };
  const auto second_name = World::unique();
  const auto second = world.repository(second_name);

  World neighbour;
  const auto theirs = neighbour.repository(World::unique());
  ASSERT_EQ(neighbour.cai(theirs, {"-d"}).code, 0);
  configure(data_volume(neighbour, theirs));
  EXPECT_EQ(world.cai(second, {"-d", "--yes"}).code, 15) << "another installation's";
  EXPECT_EQ(world.cai(second, {"--dry-run"}).code, 15);
  EXPECT_EQ(world.cai(first, {"--fresh", "-d"}).code, 0) << "who has a volume keeps it";
  EXPECT_EQ(world.cai(first, {"exec", "--", "sh", "-c", "cat ~/file"}).out, "kept\n");

  configure(volume);
  const auto in_use = world.cai(second, {"-d", "--yes"});
  EXPECT_EQ(in_use.code, 3);
  EXPECT_TRUE(has(in_use.err, volume + " is the data volume of " + name + "-auth")) << in_use.err;
  EXPECT_EQ(world.inspect(second_name + "-auth", "{{.Id}}"), "") << "nothing was made";

  ASSERT_EQ(world.cai(first, {"destroy", name + "-auth", "--force"}).code, 0);
  EXPECT_EQ(world.cai(second, {"-d"}).code, 3) << "a former volume, and nobody said yes";
  const auto taken = world.cai(second, {"-d", "--yes"});
  ASSERT_EQ(taken.code, 0) << taken.err;
  EXPECT_EQ(world.cai(second, {"exec", "--", "sh", "-c", "cat ~/file"}).out, "kept\n");
  EXPECT_EQ(world.cai(second, {"-d"}).code, 0) << "nothing to ask";
}

}  // namespace
}  // namespace cai::e2e
