// Runs whose cai died without cleaning up go with the next command that creates; nothing else ever does.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include "e2e/mcp_client.hpp"
#include "e2e/proxy.hpp"
#include "e2e/world.hpp"
#include "support/eventually.hpp"

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

constexpr const char* image = "debian:bookworm-slim";

class Sweep : public testing::Test {
 protected:
  Sweep() {
    repository_ = world_.repository(World::unique());
    // The first command makes the installation's id, and leaves a container that tells an owner's text.
    EXPECT_EQ(run({"--keep"}, {"true"}).code, 0);
    std::ifstream(world_.home() / ".config/containai/instance") >> instance_;
    const auto kept = containers().at(0);
    owner_ = world_.inspect(kept, "{{index .Config.Labels \"containai.owner\"}}");
    world_.docker({"rm", kept});
  }
  ~Sweep() override {
    for (const auto& id : foreign_) world_.docker({"rm", "-f", id});
  }

  Result run(const Words& options, const Words& command) {
    Words words = {"run", "--rm", "--image", image};
    words.insert(words.end(), options.begin(), options.end());
    words.emplace_back("--");
    words.insert(words.end(), command.begin(), command.end());
    return world_.cai(repository_, words);
  }
  Words argv(const Words& command) {
    Words words = {cai_binary(), "run", "--rm", "--image", image, "--"};
    words.insert(words.end(), command.begin(), command.end());
    return words;
  }
  std::vector<std::string> containers() {
    std::ifstream file(world_.home() / ".config/containai/instance");
    std::string instance;
    file >> instance;
    std::istringstream ids(
        world_.docker({"ps", "-aq", "--no-trunc", "--filter", "label=containai.instance=" + instance}).out);
    std::vector<std::string> found;
    for (std::string id; ids >> id;) found.push_back(id);
    return found;
  }
  /// An owner like the one in `owner_` with another pid and start time.
  std::string owner(pid_t pid, const std::string& start = "") {
    std::istringstream words(owner_);
    std::string host;
    std::string boot;
    std::string space;
    std::getline(words, host, '/');
    std::getline(words, boot, '/');
    std::getline(words, space, '/');
    return host + "/" + boot + "/" + space + "/" + std::to_string(pid) + "/" +
           (start.empty() ? start_of(pid) : start);
  }
  static std::string start_of(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text((std::istreambuf_iterator<char>(file)), {});
    std::istringstream fields(text.substr(text.rfind(')') + 2));
    std::string field;
    for (int i = 3; i <= 22; ++i) fields >> field;
    return field;
  }
  /// docker create|run -d with our labels.
  std::string make(const Words& how, const std::string& who, const std::string& kind = "run",
                   const Words& more = {}) {
    Words words = how;
    for (const std::string& each :
         {std::string("containai.managed=true"), "containai.kind=" + kind, "containai.instance=" + instance_,
          std::string("containai.run-id=deadbeef"), "containai.owner=" + who}) {
      words.insert(words.end(), {"--label", each});
    }
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), {image, "sleep", "300"});
    return trimmed(world_.docker(words).out);
  }
  std::string state(const std::string& id) { return world_.inspect(id, "{{.State.Status}}"); }
  std::string dead_owner() { return owner(getpid(), "1"); }

  World world_;
  fs::path repository_;
  std::string instance_;
  std::string owner_;
  Words foreign_;
};

TEST_F(Sweep, Row25OrphansGoWithOneLine) {
  const auto created = make({"create"}, dead_owner());
  const auto exited = make({"run", "-d"}, dead_owner());
  world_.docker({"kill", exited});
  const auto result = run({}, {"echo", "hello"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, "hello\n");
  EXPECT_EQ(result.err, "reaped 2 runs whose cai is gone\n");
  EXPECT_EQ(state(created), "");
  EXPECT_EQ(state(exited), "");
  EXPECT_TRUE(containers().empty());
}

TEST_F(Sweep, Row26TheLivingTheKeptAndTheForeignAreSpared) {
  const auto living = make({"run", "-d"}, owner(getpid()));
  const auto about_to_start = make({"create"}, owner(getpid()));
  const auto paused = make({"run", "-d"}, dead_owner());
  world_.docker({"pause", paused});
  const auto kept = make({"create"}, dead_owner(), "run", {"--label", "containai.keep=true"});
  const auto workspace = make({"create"}, dead_owner(), "workspace");
  const auto other_host = make({"create"}, "0000000000000000" + dead_owner().substr(dead_owner().find('/')));
  const auto unlabelled = trimmed(world_.docker({"create", image, "true"}).out);
  const auto others =
      trimmed(world_
                  .docker({"create", "--label", "containai.managed=true", "--label", "containai.kind=run",
                           "--label", "containai.instance=0123456789abcdef", "--label",
                           "containai.owner=" + dead_owner(), image, "true"})
                  .out);
  foreign_ = {unlabelled, others};
  const auto result = run({}, {"true"});
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(state(living), "running");
  EXPECT_EQ(state(about_to_start), "created");
  EXPECT_EQ(state(paused), "paused");
  EXPECT_EQ(state(kept), "created");
  EXPECT_EQ(state(workspace), "created");
  EXPECT_EQ(state(other_host), "created");
  EXPECT_EQ(state(unlabelled), "created");
  EXPECT_EQ(state(others), "created");
}

TEST_F(Sweep, Row27SilentWhenThereIsNothingAndReadersNeverDelete) {
  EXPECT_EQ(run({}, {"true"}).err, "");
  const auto orphan = make({"create"}, dead_owner());
  Proxy proxy((world_.root() / "p").string());
  world_.environment["DOCKER_HOST"] = "unix://" + (world_.root() / "p").string();
  world_.cai(repository_, {"list"});
  world_.cai(repository_, {"status"});
  world_.cai(repository_, {"logs", "deadbeef"});
  for (const auto& request : proxy.requests()) EXPECT_EQ(request.find("GET "), 0U) << request;
  EXPECT_EQ(state(orphan), "created");
}

TEST_F(Sweep, Row28AKilledRunIsReapedByTheNextCommand) {
  const pid_t pid = world_.spawn(argv({"sleep", "300"}), repository_);
  ASSERT_TRUE(eventually([&] { return !containers().empty() && state(containers()[0]) == "running"; }));
  const auto id = containers().at(0);
  kill(pid, SIGKILL);
  World::wait(pid);
  EXPECT_EQ(state(id), "running") << "nobody has looked yet";
  EXPECT_EQ(run({}, {"true"}).err, "reaped 1 run whose cai is gone\n");
  EXPECT_EQ(state(id), "");
  EXPECT_NE(world_.cai(repository_, {"list"}).out.find("lost"), std::string::npos);
}

TEST_F(Sweep, Row28APidThatIsUsedAgainIsNotTheOwner) {
  const auto reused = make({"run", "-d"}, owner(getpid(), "12345"));
  EXPECT_EQ(run({}, {"true"}).err, "reaped 1 run whose cai is gone\n");
  EXPECT_EQ(state(reused), "");
}

TEST_F(Sweep, Row29ManyRunsAtOnceAndNobodyIsDisturbed) {
  std::vector<std::thread> crowd;
  std::atomic<int> right = 0;
  std::atomic<int> noisy = 0;
  for (int i = 0; i < 12; ++i) {
    crowd.emplace_back([&, i] {
      for (int turn = 0; turn < 2; ++turn) {
        const auto result = run({}, {"sh", "-c", "sleep 0.3; exit " + std::to_string(i)});
        right += result.code == i ? 1 : 0;
        noisy += result.err.empty() ? 0 : 1;
      }
    });
  }
  for (auto& each : crowd) each.join();
  EXPECT_EQ(right, 24);
  EXPECT_EQ(noisy, 0);
  EXPECT_TRUE(containers().empty());
}

TEST_F(Sweep, EmptyNetworksOfDeadSessionsGo) {
  const auto network = [&](const std::string& name, const std::string& who) {
    Words words = {"network", "create",
                   "--label", "containai.managed=true",
                   "--label", "containai.kind=network",
                   "--label", "containai.instance=" + instance_};
    if (!who.empty()) words.insert(words.end(), {"--label", "containai.owner=" + who});
    words.push_back(name);
    EXPECT_EQ(world_.docker(words).code, 0);
  };
  const auto exists = [&](const std::string& name) {
    return world_.docker({"network", "inspect", name}).code == 0;
  };
  const auto empty = World::unique("net");
  const auto used = World::unique("net");
  const auto living = World::unique("net");
  const auto persons = World::unique("net");
  network(empty, dead_owner());
  network(used, dead_owner());
  network(living, owner(getpid()));
  network(persons, "");
  foreign_ = {trimmed(world_.docker({"create", "--network", used, image, "true"}).out)};
  EXPECT_EQ(run({}, {"true"}).err, "reaped 1 network whose cai is gone\n");
  EXPECT_FALSE(exists(empty));
  EXPECT_TRUE(exists(used)) << "a stopped container needs it when it starts";
  EXPECT_TRUE(exists(living));
  EXPECT_TRUE(exists(persons));
  EXPECT_EQ(world_.docker({"start", foreign_[0]}).code, 0);
  world_.docker({"rm", "-f", foreign_[0]});
  for (const auto& name : {used, living, persons}) world_.docker({"network", "rm", name});
}

TEST_F(Sweep, OurOwnTemporaryFilesGoWhenNobodyHoldsThem) {
  const auto old = [](const fs::path& file) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << "x";
    fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(1));
    return file;
  };
  const auto config = world_.home() / ".config/containai";
  const auto runs = world_.home() / ".local/state/containai/run/runs";
  const auto left = old(config / ".containai-0123456789abcdef.tmp");
  const auto held = old(config / ".containai-0123456789abcde0.tmp");
  const auto not_ours = old(config / ".containai-notes.tmp");
  const auto name = [&](std::string who) {
    std::ranges::replace(who, '/', '_');
    return runs / ("deadbeef_" + who + ".environment");
  };
  const auto variables = old(name(dead_owner()));
  const auto living = old(name(owner(getpid())));
  const int lock = open(held.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(flock(lock, LOCK_EX | LOCK_NB), 0);
  const auto result = run({}, {"true"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_FALSE(fs::exists(left));
  EXPECT_FALSE(fs::exists(variables));
  EXPECT_TRUE(fs::exists(held));
  EXPECT_TRUE(fs::exists(not_ours));
  EXPECT_TRUE(fs::exists(living)) << "its cai is about to start the command";
  close(lock);
}

TEST_F(Sweep, AnMcpServerSweepsWhileItsClientSaysHello) {
  const auto orphan = make({"create"}, dead_owner());
  std::atomic<bool> go_on = false;
  Proxy proxy((world_.root() / "p").string());
  proxy.on_request = [&](int, const std::string&) {
    eventually([&] { return go_on.load(); });
    return std::string();
  };
  world_.environment["DOCKER_HOST"] = "unix://" + (world_.root() / "p").string();
  {
    McpClient client(world_, repository_);
    EXPECT_EQ(client.initialized["serverInfo"]["name"], "cai") << "it does not wait for the engine";
    EXPECT_EQ(state(orphan), "created");
    go_on = true;
    EXPECT_TRUE(eventually([&] { return state(orphan).empty(); }));
  }
}

TEST_F(Sweep, AWorkspaceThatIsMadeSweepsAndOneThatRunsDoesNotAsk) {
  const auto orphan = make({"create"}, dead_owner());
  const auto made = world_.cai(repository_, {"-d"});
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_NE(made.err.find("reaped 1 run"), std::string::npos) << made.err;
  EXPECT_EQ(state(orphan), "");
}

}  // namespace
}  // namespace cai::e2e
