// gc and clean: acceptance rows 12-17, 33-37, 87-89. The engine is everybody's, so what a test checks carries
// its own names; what it removes without asking belongs to its own installation, or to nobody by its own
// labels.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "e2e/proxy.hpp"
#include "e2e/terminal.hpp"
#include "e2e/world.hpp"

namespace cai::e2e {
namespace {

constexpr const char* base_image = "debian:bookworm-slim";

std::string state_of(World& world, const std::string& name) {
  return world.inspect(name, "{{.State.Status}}");
}

void write_dockerfile(const std::filesystem::path& directory, const std::string& text) {
  std::ofstream(directory / "Dockerfile") << text;
}

bool image_exists(World& world, const std::string& tag) {
  return world.docker({"image", "inspect", tag}).code == 0;
}

std::string instance_of(World& world, const std::string& container) {
  return world.inspect(container, "{{index .Config.Labels \"containai.instance\"}}");
}

/// A stopped workspace, and its name.
std::string stopped_workspace(World& world, const std::filesystem::path& repository,
                              const Words& options = {}) {
  Words words = {"-d"};
  words.insert(words.end(), options.begin(), options.end());
  const auto name = trimmed(world.cai(repository, words).out);
  EXPECT_EQ(world.cai(repository, {"stop", "--force"}).code, 0);
  EXPECT_EQ(state_of(world, name), "exited");
  return name;
}

/// A container that is ours by its labels, made behind cai's back.
std::string made_by_hand(World& world, const std::string& instance, const std::string& kind,
                         const Words& options, const Words& command) {
  const auto name = World::unique("hand");
  Words words = {"create",
                 "--name",
                 name,
                 "--label",
                 "containai.managed=true",
                 "--label",
                 "containai.kind=" + kind,
                 "--label",
                 "containai.instance=" + instance};
  words.insert(words.end(), options.begin(), options.end());
  words.emplace_back(base_image);
  words.insert(words.end(), command.begin(), command.end());
  EXPECT_EQ(world.docker(words).code, 0);
  return name;
}

TEST(Gc, Row12JudgesAStoppedOneByItsAge) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto name = stopped_workspace(world, repository);
  const auto volume = name + "-data";
  EXPECT_EQ(world.cai(repository, {"gc", "--age", "7d", "--force"}).code, 0);
  EXPECT_EQ(state_of(world, name), "exited");
  const auto removed = world.cai(repository, {"gc", "--age", "0h", "--force"});
  EXPECT_EQ(removed.code, 0) << removed.err;
  EXPECT_NE(removed.out.find(name), std::string::npos);
  EXPECT_EQ(state_of(world, name), "");
  EXPECT_TRUE(world.volume_exists(volume));
  EXPECT_FALSE(std::filesystem::exists(world.home() / ".ssh/containai.d" / (name + ".conf")))
      << "the SSH entry";
  // The person comes back: a new container with the same data.
  EXPECT_EQ(trimmed(world.cai(repository, {"-d"}).out), name);
  EXPECT_EQ(world.inspect(name, "{{index .Config.Labels \"containai.data-volume\"}}"), volume);
}

TEST(Gc, Row13And14SparesWhatIsNeededAndTakesWhatNeverRan) {
  World world;
  const auto running = trimmed(world.cai(world.repository(World::unique()), {"-d"}).out);
  const auto kept_repository = world.repository(World::unique());
  const auto kept = stopped_workspace(world, kept_repository, {"--keep"});
  const auto instance = instance_of(world, running);
  const auto never = made_by_hand(world, instance, "workspace", {}, {"true"});
  const auto paused = made_by_hand(world, instance, "workspace", {}, {"sleep", "1000"});
  ASSERT_EQ(world.docker({"start", paused}).code, 0);
  ASSERT_EQ(world.docker({"pause", paused}).code, 0);
  const auto unmanaged = World::unique("stranger");
  ASSERT_EQ(world.docker({"create", "--name", unmanaged, base_image, "true"}).code, 0);

  const auto young = world.cai(kept_repository, {"gc", "--age", "1h", "--force"});
  EXPECT_EQ(state_of(world, never), "created") << young.out;
  const auto result = world.cai(kept_repository, {"gc", "--age", "0h", "--force", "--verbose"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(state_of(world, never), "") << "judged by its creation";
  EXPECT_EQ(state_of(world, running), "running");
  EXPECT_EQ(state_of(world, kept), "exited");
  EXPECT_EQ(state_of(world, paused), "paused");
  EXPECT_EQ(state_of(world, unmanaged), "created");
  EXPECT_NE(result.err.find("running"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find(kept), std::string::npos) << result.err;
  world.docker({"unpause", paused});
  world.docker({"rm", "-f", paused, unmanaged});
}

TEST(Gc, Row13AnotherInstallationsIsCountedAndLeft) {
  World owner;
  World other;
  const auto name = stopped_workspace(owner, owner.repository(World::unique()));
  const auto mine = other.repository(World::unique());
  ASSERT_EQ(other.cai(mine, {"-d"}).code, 0);
  const auto result = other.cai(mine, {"gc", "--age", "0h", "--force"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.err.find("another installation's"), std::string::npos) << result.err;
  EXPECT_EQ(state_of(owner, name), "exited");
}

TEST(Gc, Row15DryRunAndNoRemoveNothing) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto name = stopped_workspace(world, repository);
  const auto listed = world.cai(repository, {"gc", "--age", "0h", "--dry-run"});
  EXPECT_EQ(listed.code, 0);
  EXPECT_NE(listed.out.find(name), std::string::npos);
  const auto piped = world.cai(repository, {"gc", "--age", "0h"}, "y\n");
  EXPECT_EQ(piped.code, 3) << "nobody sits there";
  Terminal terminal({cai_binary(), "gc", "--age", "0h"}, world, repository);
  EXPECT_TRUE(terminal.expect("[y/N]"));
  terminal.type("n\r");
  EXPECT_EQ(terminal.wait(), 3);
  EXPECT_EQ(state_of(world, name), "exited");
}

TEST(Gc, Row16ImagesUsedByStoppedContainersStayAlsoWithTwoTags) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto holder = stopped_workspace(world, repository, {"--keep"});
  const auto image = world.inspect(holder, "{{.Config.Image}}");
  const auto second = "containai:" + World::unique("second-");
  const auto unused = "containai:" + World::unique("unused-");
  const auto foreign = World::unique("foreign") + ":1";
  ASSERT_EQ(world.docker({"tag", image, second}).code, 0);
  // An image of its own: a tag of the base image would be protected by whoever uses that one.
  const auto context = world.root() / "unused";
  std::filesystem::create_directories(context);
  write_dockerfile(context, "FROM " + std::string(base_image) + "\nLABEL test=" + unused + "\n");
  ASSERT_EQ(world.docker({"build", "-q", "-t", unused, context.string()}).code, 0);
  write_dockerfile(context, "FROM " + std::string(base_image) + "\nLABEL test=" + foreign + "\n");
  ASSERT_EQ(world.docker({"build", "-q", "-t", foreign, context.string()}).code, 0);

  const auto shown = world.cai(repository, {"gc", "--images", "--dry-run"});
  EXPECT_NE(shown.out.find(unused), std::string::npos) << shown.out;
  EXPECT_EQ(shown.out.find(second), std::string::npos) << shown.out;
  EXPECT_EQ(shown.out.find(foreign), std::string::npos) << shown.out;
  EXPECT_TRUE(image_exists(world, image));
  EXPECT_TRUE(image_exists(world, second));
  // Other tests' images are on this engine as well, so only the listing is judged for them; ours goes by its
  // name.
  world.docker({"rmi", second, foreign, unused});
}

TEST(Gc, Row17And87AgeWords) {
  World world;
  const auto repository = world.repository(World::unique());
  for (const char* good : {"90m", "12h", "7d", "2w", "1d12h", "0h"}) {
    EXPECT_EQ(world.cai(repository, {"gc", "--age", good, "--dry-run"}).code, 0) << good;
  }
  for (const char* bad : {"7", "-1d", "x", "99999999999d", ""}) {
    const auto result = world.cai(repository, {"gc", std::string("--age=") + bad, "--dry-run"});
    EXPECT_EQ(result.code, 2) << bad;
    EXPECT_NE(result.err.find("age"), std::string::npos) << result.err;
  }
}

/// Sixty candidates: a third is started just before gc looks at each again, a third just before it asks for
/// the removal, and a third by somebody who does not care what gc does.
TEST(Gc, Row88WhatIsStartedMeanwhileSurvives) {
  constexpr int count = 60;
  World world;
  const auto repository = world.repository(World::unique());
  const auto instance = instance_of(world, trimmed(world.cai(repository, {"-d"}).out));
  std::map<std::string, int> candidates;
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) {
    names.push_back(
        made_by_hand(world, instance, "workspace", {"--init", "--network", "none"}, {"sleep", "1000"}));
    candidates[world.inspect(names.back(), "{{.Id}}")] = i;
  }
  std::atomic<int> at_the_look = 0;
  std::atomic<int> at_the_removal = 0;
  Proxy proxy((world.root() / "p").string());
  proxy.on_request = [&](int, const std::string& line) -> std::string {
    const auto at = line.find("/containers/");
    const auto candidate =
        at == std::string::npos ? candidates.end() : candidates.find(line.substr(at + 12, 64));
    if (candidate == candidates.end()) return "";
    const bool look = line.starts_with("GET ");
    const bool removal = line.starts_with("DELETE ");
    if ((look && candidate->second % 3 == 0) || (removal && candidate->second % 3 == 1)) {
      EXPECT_EQ(world.docker({"start", names[candidate->second]}).code, 0);
      ++(look ? at_the_look : at_the_removal);
    }
    return "";
  };
  std::thread starter([&] {
    for (int i = count - 1; i > 0; i -= 3) world.docker({"start", names[i]});
  });
  auto environment = world.environment;
  environment["DOCKER_HOST"] = "unix://" + (world.root() / "p").string();
  const auto result = run({cai_binary(), "gc", "--age", "0h", "--force"}, environment, repository);
  starter.join();
  EXPECT_TRUE(result.code == 0 || result.code == 4) << result.code << result.err;
  EXPECT_GE(at_the_look, count / 3);
  EXPECT_EQ(at_the_removal, count / 3);
  Words left = {"rm", "-f"};
  for (int i = 0; i < count; ++i) {
    const auto state = state_of(world, names[i]);
    EXPECT_TRUE(state == "running" || (i % 3 == 2 && state.empty())) << i << " is \"" << state << '"';
    if (!state.empty()) left.push_back(names[i]);
  }
  world.docker(left);
}

TEST(Gc, Row89FormerVolumesGoOnlyWhenAskedFor) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto name = trimmed(world.cai(repository, {"-d"}).out);
  const auto former = name + "-data";
  ASSERT_EQ(world.cai(repository, {"--reset", "-d"}).code, 0);
  const auto current = world.inspect(name, "{{index .Config.Labels \"containai.data-volume\"}}");
  ASSERT_NE(current, former);
  EXPECT_EQ(world.cai(repository, {"gc", "--age", "0h", "--force"}).code, 0);
  EXPECT_TRUE(world.volume_exists(former));
  EXPECT_EQ(world.cai(repository, {"gc", "--age", "7d", "--volumes", "--force"}).code, 0);
  EXPECT_TRUE(world.volume_exists(former)) << "too young";
  EXPECT_EQ(world.cai(repository, {"gc", "--age", "0h", "--volumes"}).code, 3) << "nobody said yes";
  EXPECT_TRUE(world.volume_exists(former));
  const auto result = world.cai(repository, {"gc", "--age", "0h", "--volumes", "--force"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_FALSE(world.volume_exists(former));
  EXPECT_TRUE(world.volume_exists(current));
  EXPECT_EQ(state_of(world, name), "running");
}

TEST(Clean, Row33To36ShowsGroupsAsksOnceAndSparesWorkspaces) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto workspace = stopped_workspace(world, repository);
  const auto instance = instance_of(world, workspace);
  const auto run = made_by_hand(world, instance, "run", {"--label", "containai.keep=true"}, {"true"});
  world.docker({"start", run});
  const auto living = made_by_hand(world, instance, "run", {"--init"}, {"sleep", "1000"});
  world.docker({"start", living});

  const auto shown = world.cai(repository, {"clean", "--dry-run"});
  EXPECT_NE(shown.out.find("Ended runs (1):"), std::string::npos) << shown.out;
  EXPECT_NE(shown.out.find(run), std::string::npos);
  EXPECT_NE(shown.out.find("Total: "), std::string::npos);
  EXPECT_EQ(shown.out.find(workspace), std::string::npos);
  EXPECT_EQ(world.cai(repository, {"clean"}, "y\n").code, 3);
  {
    Terminal terminal({cai_binary(), "clean"}, world, repository);
    EXPECT_TRUE(terminal.expect("[y/N]"));
    terminal.type("n\r");
    EXPECT_EQ(terminal.wait(), 3);
  }
  {
    Terminal terminal({cai_binary(), "clean"}, world, repository);
    EXPECT_TRUE(terminal.expect("[y/N]"));
    terminal.type("\x04");
    EXPECT_EQ(terminal.wait(), 3) << "the end of input is No";
  }
  EXPECT_EQ(state_of(world, run), "exited");
  {
    Terminal terminal({cai_binary(), "clean"}, world, repository);
    EXPECT_TRUE(terminal.expect("[y/N]"));
    terminal.type("y\r");
    EXPECT_TRUE(terminal.expect("Cleaned "));
    EXPECT_EQ(terminal.wait(), 0);
  }
  EXPECT_EQ(state_of(world, run), "");
  EXPECT_EQ(state_of(world, living), "running");
  EXPECT_EQ(state_of(world, workspace), "exited");
  EXPECT_EQ(world.cai(repository, {"clean", "--workspaces", "--force"}).code, 0);
  EXPECT_EQ(state_of(world, workspace), "");
  EXPECT_TRUE(world.volume_exists(workspace + "-data"));
  world.docker({"rm", "-f", living});
}

TEST(Clean, Row37ANetworkOfAStoppedContainerStays) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto workspace = stopped_workspace(world, repository);
  const auto instance = instance_of(world, workspace);
  const auto used = World::unique("used-net");
  const auto empty = World::unique("empty-net");
  for (const auto& network : {used, empty}) {
    ASSERT_EQ(world
                  .docker({"network", "create", "--label", "containai.managed=true", "--label",
                           "containai.instance=" + instance, network})
                  .code,
              0);
  }
  ASSERT_EQ(world.docker({"network", "connect", used, workspace}).code, 0);
  const auto result = world.cai(repository, {"clean", "--force"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_NE(world.docker({"network", "inspect", empty}).code, 0);
  EXPECT_EQ(world.docker({"network", "inspect", used}).code, 0);
  EXPECT_EQ(world.cai(repository, {"-d"}).code, 0) << "it starts again";
  EXPECT_EQ(state_of(world, workspace), "running");
  world.docker({"network", "disconnect", "-f", used, workspace});
  world.docker({"network", "rm", used});
}

TEST(Collect, WithoutAnEngineNothingIsSaidToBeGone) {
  World world;
  const auto repository = world.repository(World::unique());
  world.environment["DOCKER_HOST"] = "unix:///nowhere/docker.sock";
  for (const char* command : {"gc", "clean"}) {
    const auto result = world.cai(repository, {command, "--force"});
    EXPECT_EQ(result.code, 20) << command;
    EXPECT_TRUE(result.out.empty()) << result.out;
  }
}

}  // namespace
}  // namespace cai::e2e
