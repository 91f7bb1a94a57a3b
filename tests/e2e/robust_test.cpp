// What real life does: clones of the same name, kills, crowds, lost files, other people's hands on the
// engine.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "e2e/killer.hpp"
#include "e2e/proxy.hpp"
#include "e2e/world.hpp"

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

/// Ids of all containers of one working tree, running or not.
std::vector<std::string> containers_of(World& world, const fs::path& repository) {
  std::istringstream ids(world
                             .docker({"ps", "-aq", "--no-trunc", "--filter",
                                      "label=containai.workspace=" + fs::canonical(repository).string()})
                             .out);
  std::vector<std::string> result;
  for (std::string id; ids >> id;) result.push_back(id);
  return result;
}

std::set<std::string> volumes_of(World& world, const fs::path& repository) {
  std::istringstream names(world
                               .docker({"volume", "ls", "-q", "--filter",
                                        "label=containai.workspace=" + fs::canonical(repository).string()})
                               .out);
  std::set<std::string> result;
  for (std::string name; names >> name;) result.insert(name);
  return result;
}

void use_proxy(World& world, const fs::path& socket) {
  world.environment["DOCKER_HOST"] = "unix://" + socket.string();
}

TEST(Identity, Row2LongNamesAreAtMost24AndStable) {
  World world;
  const auto repository =
      world.repository(World::unique("a-very-long-repository-name-"), "feature/an-even-longer-branch-name");
  const auto name = trimmed(world.cai(repository, {"-d"}).out);
  EXPECT_LE(name.size(), 24U);
  EXPECT_FALSE(name.empty());
  EXPECT_EQ(trimmed(world.cai(repository, {"-d"}).out), name);
}

TEST(Identity, Row73TwoClonesNeverTouchEachOther) {
  World world;
  const auto name = World::unique();
  const auto a = world.repository("a/" + name);
  const auto b = world.repository("b/" + name);
  const auto name_a = trimmed(world.cai(a, {"-d"}).out);
  const auto name_b = trimmed(world.cai(b, {"-d"}).out);
  ASSERT_NE(name_a, name_b);
  const auto id_a = world.inspect(name_a, "{{.Id}}");
  const auto volumes_a = volumes_of(world, a);
  EXPECT_EQ(world.cai(b, {"--fresh", "-d"}).code, 0);
  EXPECT_EQ(world.cai(b, {"--reset", "-d"}).code, 0);
  EXPECT_NE(world.cai(b, {"status"}).out.find(name_b), std::string::npos);
  EXPECT_EQ(world.cai(b, {"stop", "--remove"}).code, 0);
  EXPECT_EQ(world.inspect(name_a, "{{.Id}} {{.State.Status}}"), id_a + " running");
  EXPECT_EQ(volumes_of(world, a), volumes_a);
  EXPECT_TRUE(containers_of(world, b).empty());
}

TEST(HotPath, Row79AtMostThreeRequestsNoListNothingWritten) {
  World world;
  Proxy proxy((world.root() / "p").string());
  use_proxy(world, world.root() / "p");
  const auto repository = world.repository(World::unique());
  ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
  ASSERT_EQ(world.cai(repository, {"--", "true"}).code, 0);
  const auto state = world.home() / ".local/state/containai/containai.db";
  const auto before = fs::last_write_time(state);
  proxy.reset();
  ASSERT_EQ(world.cai(repository, {"--", "true"}).code, 0);
  const auto requests = proxy.requests();
  EXPECT_LE(requests.size(), 3U);
  for (const auto& request : requests)
    EXPECT_EQ(request.find("/containers/json"), std::string::npos) << request;
  EXPECT_EQ(fs::last_write_time(state), before);
}

struct Killed {
  const char* name;
  Words command;
};

class KilledAtEveryRequest : public testing::TestWithParam<Killed> {};

/// cai dies when its Nth request is about to reach the engine; then again at a request of the repair; then
/// comes back.
TEST_P(KilledAtEveryRequest, Row80ComesBackWhole) {
  World world;
  Killer killer(world);
  const auto repository = world.repository(World::unique());
  int points = 0;
  for (int at = 1;; ++at) {
    ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
    const auto volumes = volumes_of(world, repository);
    if (GetParam().name == std::string("create")) {
      ASSERT_EQ(world.cai(repository, {"stop", "--remove", "--force"}).code, 0);
    }
    if (!killer.kill_at(at, repository, GetParam().command)) break;
    ++points;
    killer.kill_at(at / 2 + 1, repository, {"-d"});
    const auto back = world.cai(repository, {"-d"});
    ASSERT_EQ(back.code, 0) << GetParam().name << " killed at request " << at << ": " << back.err;
    const auto containers = containers_of(world, repository);
    ASSERT_EQ(containers.size(), 1U) << GetParam().name << " killed at request " << at;
    EXPECT_EQ(world.inspect(containers[0], "{{.State.Status}}"), "running");
    const auto volume = trimmed(world.cai(repository, {"config", "get", "data_volume"}).out);
    EXPECT_EQ(world.inspect(containers[0], "{{index .Config.Labels \"containai.data-volume\"}}"), volume);
    const auto now = volumes_of(world, repository);
    for (const auto& kept : volumes) EXPECT_TRUE(now.contains(kept)) << kept << " was lost at request " << at;
  }
  EXPECT_GE(points, 5);
}

INSTANTIATE_TEST_SUITE_P(Commands, KilledAtEveryRequest,
                         testing::Values(Killed{"create", {"-d"}}, Killed{"fresh", {"--fresh", "-d"}},
                                         Killed{"reset", {"--reset", "-d"}},
                                         Killed{"remove", {"stop", "--remove", "--force"}}),
                         [](const auto& operation) { return std::string(operation.param.name); });

/// The engine is slow to do what a cai asked for that was killed then.
TEST(Killed, AStopThatIsStillUnderWayIsWaitedFor) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto name = trimmed(world.cai(repository, {"-d"}).out);
  auto direct = world.environment;
  Proxy proxy((world.root() / "p").string());
  use_proxy(world, world.root() / "p");
  std::atomic<pid_t> victim = 0;
  proxy.on_request = [&](int, const std::string& request) {
    if (request.find("/stop") == std::string::npos) return std::string();
    while (victim == 0) std::this_thread::yield();
    kill(victim, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    return std::string();
  };
  victim = world.spawn({cai_binary(), "stop", "--force"}, repository);
  EXPECT_EQ(World::wait(victim).code, 128 + SIGKILL);
  EXPECT_EQ(run({cai_binary(), "-d"}, direct, repository).code, 0);
  std::this_thread::sleep_for(std::chrono::seconds(1));
  EXPECT_EQ(world.inspect(name, "{{.State.Status}}"), "running");
}

TEST(Crowd, Row81ThirtyTwoAtOnceMakeOneContainer) {
  World world;
  const auto repository = world.repository(World::unique());
  std::vector<pid_t> crowd;
  for (int i = 0; i < 32; ++i) crowd.push_back(world.spawn({cai_binary(), "-d"}, repository));
  for (const auto pid : crowd) EXPECT_EQ(World::wait(pid).code, 0);
  EXPECT_EQ(containers_of(world, repository).size(), 1U);
  EXPECT_EQ(volumes_of(world, repository).size(), 1U);
}

TEST(Crowd, Row81SixteenRepositoriesGetSixteenPorts) {
  World world;
  std::vector<fs::path> repositories;
  std::vector<pid_t> crowd;
  for (int i = 0; i < 16; ++i) repositories.push_back(world.repository(World::unique("m")));
  for (const auto& repository : repositories) crowd.push_back(world.spawn({cai_binary(), "-d"}, repository));
  for (const auto pid : crowd) EXPECT_EQ(World::wait(pid).code, 0);
  std::set<std::string> ports;
  for (const auto& repository : repositories) {
    const auto containers = containers_of(world, repository);
    ASSERT_EQ(containers.size(), 1U);
    ports.insert(world.inspect(containers[0], "{{index .Config.Labels \"containai.ssh-port\"}}"));
  }
  EXPECT_EQ(ports.size(), 16U);
}

TEST(Lost, Row82TheStoreIsRebuiltFromLabels) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto name = trimmed(world.cai(repository, {"-d"}).out);
  const auto format = "{{.Id}} {{index .Config.Labels \"containai.ssh-port\"}}";
  const auto before = world.inspect(name, format);
  const auto volume = trimmed(world.cai(repository, {"config", "get", "data_volume"}).out);
  fs::remove_all(world.home() / ".local/state");
  EXPECT_NE(world.cai(repository, {"status"}).out.find(name), std::string::npos);
  EXPECT_NE(world.cai(repository, {"list"}).out.find(name), std::string::npos);
  const auto back = world.cai(repository, {"-d"});
  EXPECT_EQ(back.code, 0) << back.err;
  EXPECT_NE(back.err.find("rebuilt"), std::string::npos) << back.err;
  EXPECT_EQ(world.inspect(name, format), before);
  EXPECT_EQ(trimmed(world.cai(repository, {"config", "get", "data_volume"}).out), volume);
}

TEST(Lost, AStoreOfLastWeekIsRefusedAndTheLastWorkIsNamed) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto name = trimmed(world.cai(repository, {"-d"}).out);
  const auto store = world.home() / ".local/state/containai/containai.db";
  fs::copy_file(store, world.root() / "last-week.db");
  ASSERT_EQ(world.cai(repository, {"--reset", "-d"}).code, 0);
  ASSERT_EQ(world.cai(repository, {"exec", "--", "sh", "-c", "echo work >~/file"}).code, 0);
  const auto volume = trimmed(world.cai(repository, {"config", "get", "data_volume"}).out);
  const auto container = world.inspect(name, "{{.Id}}");
  fs::copy_file(world.root() / "last-week.db", store, fs::copy_options::overwrite_existing);

  const auto refused = world.cai(repository, {"-d"});
  EXPECT_EQ(refused.code, 3) << refused.err;
  EXPECT_NE(refused.err.find("--volume " + volume), std::string::npos) << refused.err;
  EXPECT_EQ(world.inspect(name, "{{.Id}}"), container) << "nothing was touched";
  const auto back = world.cai(repository, {"--fresh", "--volume", volume, "--yes", "-d"});
  EXPECT_EQ(back.code, 0) << back.err;
  EXPECT_EQ(world.cai(repository, {"exec", "--", "sh", "-c", "cat ~/file"}).out, "work\n");
}

TEST(Behind, Row83WhatOthersDidIsMended) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto name = trimmed(world.cai(repository, {"-d"}).out);
  const auto runs = [&] { return world.inspect(name, "{{.State.Status}}") == "running"; };

  world.docker({"stop", name});
  EXPECT_EQ(world.cai(repository, {"--", "true"}).code, 0);
  EXPECT_TRUE(runs());
  world.docker({"rename", name, name + "-moved"});
  EXPECT_EQ(world.cai(repository, {"exec", "--", "true"}).code, 0);
  EXPECT_EQ(world.cai(repository, {"plan"}).code, 0);
  world.docker({"pause", name});
  world.docker({"pause", name + "-moved"});
  EXPECT_EQ(world.cai(repository, {"--", "true"}).code, 0);
  EXPECT_TRUE(runs());
  world.docker({"rm", "-f", name});
  EXPECT_EQ(world.cai(repository, {"exec", "--", "true"}).code, 0);
  EXPECT_TRUE(runs());
  fs::remove_all(world.home() / ".config/containai/keys/hosts");
  world.docker({"stop", name});
  const auto keys = world.cai(repository, {"--", "true"});
  EXPECT_EQ(keys.code, 0) << keys.err;

  world.docker({"rm", "-f", name});
  world.docker({"volume", "rm", name + "-data"});
  const auto lost = world.cai(repository, {"-d"});
  EXPECT_EQ(lost.code, 1);
  EXPECT_NE(lost.err.find(name + "-data"), std::string::npos) << lost.err;
  EXPECT_FALSE(world.volume_exists(name + "-data")) << "no empty stand-in";
  EXPECT_EQ(world.cai(repository, {"--reset", "-d"}).code, 0);
}

TEST(Behind, Row83ExecFindsWhatOthersStoppedOrPaused) {
  World world;
  const auto repository = world.repository(World::unique());
  const auto name = trimmed(world.cai(repository, {"-d"}).out);
  for (const auto& words : {Words{"stop", name}, Words{"pause", name}}) {
    ASSERT_EQ(world.docker(words).code, 0);
    const auto result = world.cai(repository, {"exec", "--", "echo", "here"});
    EXPECT_EQ(result.out, "here\n") << words.front() << ": " << result.err;
  }
  // A session leaves a shared connection behind, which would wait for a paused container.
  ASSERT_EQ(world.cai(repository, {"--", "true"}).code, 0);
  ASSERT_EQ(world.docker({"pause", name}).code, 0);
  EXPECT_EQ(world.cai(repository, {"exec", "--", "echo", "here"}).out, "here\n");
}

TEST(Drift, Row84AnEditedTemplateWaitsForFresh) {
  World world;
  const auto folder = world.home() / ".config/containai/templates/mine";
  fs::create_directories(folder);
  std::ofstream(folder / "Dockerfile") << "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN echo one > /one\n";
  const auto repository = world.repository(World::unique());
  const auto made = world.cai(repository, {"-d", "--template", "mine"});
  ASSERT_EQ(made.code, 0) << made.err;
  const auto name = trimmed(made.out);
  const auto id = world.inspect(name, "{{.Id}}");
  std::ofstream(folder / "Dockerfile") << "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN echo two > /two\n";
  const auto behind = world.cai(repository, {"-d"});
  EXPECT_EQ(behind.code, 0);
  EXPECT_NE(behind.err.find("behind"), std::string::npos) << behind.err;
  EXPECT_EQ(world.inspect(name, "{{.Id}}"), id);
  EXPECT_NE(world.cai(repository, {"plan"}).out.find("template_hash"), std::string::npos);
  EXPECT_EQ(world.cai(repository, {"--fresh", "-d"}).code, 0);
  EXPECT_EQ(world.cai(repository, {"exec", "--", "cat", "/two"}).out, "two\n");
  for (const char* tag : {"containai:mine"}) {
    std::istringstream images(
        world.docker({"images", "-q", "--filter", std::string("reference=") + tag + "-*"}).out);
    for (std::string image; images >> image;) world.docker({"rmi", "-f", image});
  }
}

TEST(Drift, ARepositorysOwnFilesWaitForTrust) {
  World world;
  const auto repository = world.repository(World::unique());
  fs::create_directories(repository / ".containai");
  std::ofstream(repository / ".containai/config.toml") << "[container]\nmemory = \"1g\"\n";
  const auto first = world.cai(repository, {"-d"});
  ASSERT_EQ(first.code, 0) << first.err;
  const auto name = trimmed(first.out);
  EXPECT_NE(first.err.find("--trust"), std::string::npos) << first.err;
  EXPECT_NE(world.inspect(name, "{{.HostConfig.Memory}}"), "1073741824");
  ASSERT_EQ(world.cai(repository, {"-d", "--trust", "--fresh"}).code, 0);
  EXPECT_EQ(world.inspect(name, "{{.HostConfig.Memory}}"), "1073741824");
  std::ofstream(repository / ".containai/config.toml") << "data_volume = \"somebody-elses\"\n";
  EXPECT_NE(world.cai(repository, {"-d", "--trust"}).code, 0) << "a repository may not choose a volume";
}

TEST(StopAll, Row85OneFailureDoesNotStopTheRest) {
  World world;
  World neighbour;
  Proxy proxy((world.root() / "p").string());
  const auto foreign = trimmed(neighbour.cai(neighbour.repository(World::unique()), {"-d"}).out);
  std::vector<std::string> names;
  for (int i = 0; i < 3; ++i)
    names.push_back(trimmed(world.cai(world.repository(World::unique("s")), {"-d"}).out));
  const auto stubborn = world.inspect(names[1], "{{.Id}}");
  proxy.on_request = [&](int, const std::string& request) {
    return request.find("/containers/" + stubborn + "/stop") == std::string::npos
               ? std::string()
               : std::string(
                     "HTTP/1.1 500 Internal Server Error\r\nContent-Type: "
                     "application/json\r\nContent-Length: 21\r\n\r\n"
                     R"({"message":"refused"})");
  };
  use_proxy(world, world.root() / "p");
  const auto stopped = world.cai(world.root(), {"stop", "--all"});
  EXPECT_EQ(stopped.code, 1);
  for (const auto& name : names) EXPECT_NE(stopped.out.find(name), std::string::npos) << stopped.out;
  EXPECT_EQ(world.inspect(names[0], "{{.State.Status}}"), "exited");
  EXPECT_EQ(world.inspect(names[1], "{{.State.Status}}"), "running");
  EXPECT_EQ(world.inspect(names[2], "{{.State.Status}}"), "exited");
  EXPECT_EQ(world.inspect(foreign, "{{.State.Status}}"), "running");
}

}  // namespace
}  // namespace cai::e2e
