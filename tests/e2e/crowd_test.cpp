// Sixty-four at once, all let go in the same moment: on one workspace with every command that changes it, and
// on a workspace each. CAI_CROWD_ROUNDS (2) says how often.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "e2e/world.hpp"
#include "support/eventually.hpp"

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

constexpr int crowd_size = 64;

int rounds() {
  const char* text = std::getenv("CAI_CROWD_ROUNDS");
  return text == nullptr ? 2 : std::atoi(text);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> containers_of(World& world, const fs::path& repository) {
  return lines_of(world
                      .docker({"ps", "-a", "--format", "{{.State}}", "--filter",
                               "label=containai.workspace=" + fs::canonical(repository).string()})
                      .out);
}

struct Member {
  fs::path directory;
  Words words;
  Result result = {};
};

class Crowd : public testing::Test {
 protected:
  /// Each waits for the gate, which opens when all are there; each has four minutes.
  void let_go(std::vector<Member>& members) {
    const auto gate = (world.root() / "gate").string();
    const int held = open(gate.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ASSERT_EQ(flock(held, LOCK_EX), 0);
    {
      std::vector<std::jthread> threads;
      for (auto& member : members) {
        threads.emplace_back([&] {
          Words argv = {"flock", "--shared", "--no-fork", gate, cai_binary()};
          argv.insert(argv.end(), member.words.begin(), member.words.end());
          member.result = run(argv, world.environment, member.directory, "", 240);
        });
      }
      wait_for_waiters(gate, members.size());
      close(held);
    }
  }

  /// /proc/locks has a line with "->" for each process that waits.
  static void wait_for_waiters(const std::string& gate, std::size_t count) {
    struct stat status = {};
    ASSERT_EQ(stat(gate.c_str(), &status), 0);
    const auto inode = ":" + std::to_string(status.st_ino) + " ";
    for (int tries = 0; tries < 1200; ++tries) {
      std::ifstream locks("/proc/locks");
      std::size_t waiting = 0;
      for (std::string line; std::getline(locks, line);)
        if (line.find("->") != std::string::npos && line.find(inode) != std::string::npos) ++waiting;
      if (waiting >= count) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    ADD_FAILURE() << "the crowd did not gather";
  }

  World world;
};

/// What a member of the crowd does; its number goes into the file `ran` when its command ran.
Words words_of(int number, std::mt19937& random) {
  const auto note = "echo " + std::to_string(number) + " >>~/ran";
  switch (random() % 8) {
    case 0:
    case 1:
      return {"-d"};
    case 2:
    case 3:
      return {"exec", "--", "sh", "-c", note};
    case 4:
      return {"--", "sh", "-c", note};
    case 5:
      return {"--fresh", "-d"};
    case 6:
      return {"stop", "--force"};
    default:
      return {"status"};
  }
}

TEST_F(Crowd, MixedCommandsOnOneWorkspace) {
  const auto repository = world.repository(World::unique());
  std::mt19937 random(7);
  for (int round = 0; round < rounds(); ++round) {
    ASSERT_EQ(world.cai(repository, {"-d"}).code, 0);
    ASSERT_EQ(world.cai(repository, {"exec", "--", "sh", "-c", "echo worth keeping >~/kept; : >~/ran"}).code,
              0);
    const auto volume = world.cai(repository, {"config", "get", "data_volume"}).out;
    std::vector<Member> crowd;
    for (int i = 0; i < crowd_size; ++i) crowd.push_back({repository, words_of(i, random)});
    let_go(crowd);

    const auto back = world.cai(repository, {"-d"});
    EXPECT_EQ(back.code, 0) << back.err;
    EXPECT_EQ(containers_of(world, repository), std::vector<std::string>{"running"});
    EXPECT_EQ(world.cai(repository, {"config", "get", "data_volume"}).out, volume);
    EXPECT_EQ(world.cai(repository, {"exec", "--", "sh", "-c", "cat ~/kept"}).out, "worth keeping\n");
    const auto ran = lines_of(world.cai(repository, {"exec", "--", "sh", "-c", "cat ~/ran"}).out);
    for (int i = 0; i < crowd_size; ++i) {
      const auto& [directory, words, result] = crowd[i];
      // Who was inside when somebody stopped the workspace was thrown out, and is told so by its exit code.
      const bool goes_in = words.front() == "exec" || words.front() == "--";
      const bool has_run = std::ranges::find(ran, std::to_string(i)) != ran.end();
      EXPECT_TRUE(goes_in || result.code == 0) << words.front() << ": " << result.err;
      EXPECT_TRUE(!goes_in || result.code != 0 || has_run) << words.front() << " lied";
      EXPECT_TRUE(result.code == 0 || !result.err.empty() || (goes_in && result.code >= 126))
          << words.front() << " failed without a word, with exit code " << result.code;
    }
  }
}

TEST_F(Crowd, WhoIsInsideWhenItIsStoppedIsToldSo) {
  const auto repository = world.repository(World::unique());
  for (const auto& words : {Words{"exec", "--", "sleep", "1000"}, Words{"--", "sleep", "1000"}}) {
    const auto name = trimmed(world.cai(repository, {"-d"}).out);
    Member member{repository, words};
    std::jthread inside([&] {
      Words argv = {cai_binary()};
      argv.insert(argv.end(), words.begin(), words.end());
      member.result = run(argv, world.environment, repository);
    });
    EXPECT_TRUE(eventually([&] {
      return world.docker({"top", name}).out.find("sleep 1000") != std::string::npos;
    }));
    EXPECT_EQ(world.docker({"stop", name}).code, 0);
    inside.join();
    EXPECT_GE(member.result.code, 126);
    EXPECT_NE(member.result.err.find(name + " was stopped"), std::string::npos) << member.result.err;
  }
}

TEST_F(Crowd, SixtyFourWorkspaces) {
  const int first_port = 12000 + getpid() % 100 * 100;
  world.environment["CONTAINAI_PORT_RANGE_START"] = std::to_string(first_port);
  world.environment["CONTAINAI_PORT_RANGE_END"] = std::to_string(first_port + 99);
  std::vector<Member> crowd;
  for (int i = 0; i < crowd_size; ++i) crowd.push_back({world.repository(World::unique("w")), {"-d"}});
  let_go(crowd);
  std::set<std::string> ports;
  std::set<std::string> names;
  for (const auto& [directory, words, result] : crowd) {
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_EQ(containers_of(world, directory), std::vector<std::string>{"running"});
    names.insert(trimmed(result.out));
    ports.insert(world.inspect(trimmed(result.out), "{{index .Config.Labels \"containai.ssh-port\"}}"));
  }
  EXPECT_EQ(names.size(), crowd.size());
  EXPECT_EQ(ports.size(), crowd.size());
  const auto stopped = world.cai(crowd.front().directory, {"stop", "--all", "--force"});
  EXPECT_EQ(stopped.code, 0) << stopped.err;
}

}  // namespace
}  // namespace cai::e2e
