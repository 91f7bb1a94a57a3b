// Our clock is wrong by a year, in either direction; the engine's is right. Or it was wrong once, and what
// was written then is still there.
#include <gtest/gtest.h>

#include "e2e/world.hpp"

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

class ClockMoved : public testing::TestWithParam<const char*> {
 protected:
  /// The same person, whose clock is wrong.
  Result wrong(const fs::path& directory, const Words& arguments) {
    const auto before = world.environment;
    set_clock(world.environment, GetParam());
    auto result = world.cai(directory, arguments);
    world.environment = before;
    return result;
  }

  std::string made(const fs::path& directory) { return trimmed(world.cai(directory, {"-d"}).out); }
  std::string state_of(const std::string& name) { return world.inspect(name, "{{.State.Status}}"); }

  World world;
};

INSTANTIATE_TEST_SUITE_P(ByAYear, ClockMoved, testing::Values("+365d", "-365d"), [](const auto& clock) {
  return std::string(clock.param).starts_with('+') ? "Ahead" : "Behind";
});

/// Looked at before anything is removed: with a wrong judgement gc would take what others have on this
/// engine.
TEST_P(ClockMoved, GcTakesNothingThatIsYoung) {
  const auto stopped = world.repository(World::unique());
  const auto reset = world.repository(World::unique());
  const auto name = made(stopped);
  ASSERT_EQ(world.cai(stopped, {"stop", "--force"}).code, 0);
  const auto former = made(reset) + "-data";
  ASSERT_EQ(world.cai(reset, {"--reset", "-d"}).code, 0);
  const auto instance = world.inspect(name, "{{index .Config.Labels \"containai.instance\"}}");
  const auto never = World::unique("never");
  ASSERT_EQ(world
                .docker({"create", "--name", never, "--label", "containai.managed=true", "--label",
                         "containai.kind=workspace", "--label", "containai.instance=" + instance,
                         "debian:bookworm-slim", "true"})
                .code,
            0);
  const Words gc = {"gc", "--age", "30d", "--volumes"};
  for (const char* mode : {"--dry-run", "--force"}) {
    auto words = gc;
    words.emplace_back(mode);
    const auto result = wrong(stopped, words);
    ASSERT_EQ(result.code, 0) << result.err;
    for (const auto& each : {name, never, former})
      ASSERT_EQ(result.out.find(each), std::string::npos) << mode << ": " << result.out << result.err;
  }
  EXPECT_EQ(state_of(name), "exited");
  EXPECT_EQ(state_of(never), "created");
  EXPECT_TRUE(world.volume_exists(former));
}

TEST_P(ClockMoved, WhatWasWrittenThenIsNotOldNow) {
  const auto repository = world.repository(World::unique());
  const auto name = trimmed(wrong(repository, {"-d"}).out);
  ASSERT_EQ(wrong(repository, {"--reset", "-d"}).code, 0);
  ASSERT_EQ(wrong(repository, {"run", "--rm", "--image", "debian:bookworm-slim", "--", "true"}).code, 0);
  ASSERT_EQ(wrong(repository, {"stop", "--force"}).code, 0);
  const auto former = name + "-data";
  const auto found = world.cai(repository, {"gc", "--age", "30d", "--volumes", "--dry-run"});
  EXPECT_EQ(found.out.find(name), std::string::npos) << found.out;
  EXPECT_EQ(found.out.find(former), std::string::npos) << found.out;
  EXPECT_EQ(world.cai(repository, {"-d"}).code, 0);
  EXPECT_EQ(state_of(name), "running");
}

TEST_P(ClockMoved, AgesAreByTheEnginesClock) {
  const auto repository = world.repository(World::unique());
  const auto name = made(repository);
  const auto status = wrong(repository, {"status", "--json"});
  ASSERT_EQ(status.code, 0) << status.err;
  const std::string key = "\"uptime_seconds\":";
  const auto at = status.out.find(key);
  ASSERT_NE(at, std::string::npos) << status.out;
  const auto uptime = std::stol(status.out.substr(at + key.size()));
  EXPECT_GE(uptime, 0);
  EXPECT_LT(uptime, 3600);
  for (const auto& words : {Words{"status"}, Words{"list"}, Words{"status", "--all"}}) {
    const auto shown = wrong(repository, words);
    EXPECT_EQ(shown.code, 0) << shown.err;
    for (const char* a_year : {"36", "52w", "1y"})
      EXPECT_EQ(shown.out.find(std::string(" ") + a_year), std::string::npos) << shown.out;
  }
}

TEST_P(ClockMoved, PeopleComeInAndTheirWorkspaceStays) {
  const auto repository = world.repository(World::unique());
  const auto name = made(repository);
  const auto id = world.inspect(name, "{{.Id}}");
  EXPECT_EQ(wrong(repository, {"--", "echo", "inside"}).out, "inside\n");
  EXPECT_EQ(wrong(repository, {"exec", "--", "echo", "inside"}).out, "inside\n");
  EXPECT_EQ(world.inspect(name, "{{.Id}}"), id);
  EXPECT_EQ(wrong(repository, {"stop", "--force"}).code, 0);
  EXPECT_EQ(wrong(repository, {"--", "echo", "again"}).out, "again\n");
  EXPECT_EQ(world.inspect(name, "{{.Id}}"), id);
  EXPECT_EQ(wrong(repository, {"--fresh", "-d"}).code, 0);
  EXPECT_EQ(world.cai(repository, {"--", "echo", "right"}).out, "right\n");
}

/// The sweep of a command with a wrong clock: the owner of the run lives.
TEST_P(ClockMoved, ARunWhoseCaiLivesIsNotSwept) {
  const auto repository = world.repository(World::unique());
  const auto run = trimmed(
      world.cai(repository, {"run", "--rm", "-d", "--image", "debian:bookworm-slim", "--", "sleep", "1000"})
          .out);
  ASSERT_FALSE(run.empty());
  const auto swept =
      wrong(repository, {"run", "--rm", "--image", "debian:bookworm-slim", "--", "echo", "second"});
  EXPECT_EQ(swept.out, "second\n") << swept.err;
  EXPECT_EQ(swept.err.find("reaped"), std::string::npos) << swept.err;
  EXPECT_NE(world.cai(repository, {"list"}).out.find(run), std::string::npos);
  EXPECT_EQ(world.cai(repository, {"stop", run}).code, 0);
}

}  // namespace
}  // namespace cai::e2e
