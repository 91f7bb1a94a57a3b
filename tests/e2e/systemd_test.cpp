// A template whose image boots systemd.
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

#include "e2e/world.hpp"

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

class Systemd : public testing::Test {
 protected:
  void SetUp() override {
    const auto folder = world_.home() / ".config/containai/templates/boot";
    fs::create_directories(folder);
    std::ofstream(folder / "Dockerfile")
        << "ARG BASE_IMAGE\n"
           "FROM ${BASE_IMAGE}\n"
           "RUN apt-get update \\\n"
           " && apt-get install -y --no-install-recommends systemd systemd-sysv \\\n"
           " && rm -rf /var/lib/apt/lists/*\n"
           "LABEL containai.init=systemd\n";
    repository_ = world_.repository(name_);
    // Installing systemd may take longer than everything else in these tests.
    const auto made =
        run({cai_binary(), "--template", "boot", "-d"}, world_.environment, repository_, "", 280);
    image_ = world_.inspect(container_, "{{.Config.Image}}");
    ASSERT_EQ(made.code, 0) << made.err;
  }
  void TearDown() override {
    world_.cai(repository_, {"stop", "--remove", "--force"});
    // By its name, which is its hash; refused, and left, while somebody else's container is made of it.
    if (!image_.empty()) world_.docker({"rmi", image_});
  }
  Result inside(const Words& command) {
    Words words = {"exec", "--"};
    words.insert(words.end(), command.begin(), command.end());
    return world_.cai(repository_, words);
  }
  void expect_up() {
    const auto state = trimmed(inside({"systemctl", "is-system-running"}).out);
    EXPECT_TRUE(state == "running" || state == "degraded") << state;
    EXPECT_EQ(inside({"cat", "/proc/1/comm"}).out, "systemd\n");
    EXPECT_EQ(trimmed(inside({"systemctl", "is-active", "containai.service"}).out), "active");
    const auto over_ssh = world_.ssh({container_, "id -u; cat ~/file"});
    EXPECT_EQ(over_ssh.out, std::to_string(getuid()) + "\nkept\n") << over_ssh.err;
  }

  World world_;
  std::string name_ = World::unique();
  std::string container_ = name_ + "-auth";
  std::string image_;
  fs::path repository_;
};

TEST_F(Systemd, BootsStopsAtOnceAndBootsAgain) {
  EXPECT_TRUE(image_.starts_with("containai:boot-")) << image_;
  ASSERT_EQ(inside({"sh", "-c", "echo kept > ~/file"}).code, 0);
  expect_up();
  const auto id = world_.inspect(container_, "{{.Id}}");

  const auto before = Clock::now();
  const auto stopped = world_.cai(repository_, {"stop"});
  EXPECT_EQ(stopped.code, 0) << stopped.err;
  EXPECT_LT(Clock::now() - before, std::chrono::seconds(8))
      << "systemd was not killed after the grace of 10 s";
  EXPECT_NE(world_.inspect(container_, "{{.State.ExitCode}}"), "137") << "ended by itself";
  EXPECT_EQ(world_.inspect(container_, "{{.State.Status}}"), "exited");

  const auto started = world_.cai(repository_, {"-d"});
  ASSERT_EQ(started.code, 0) << started.err;
  EXPECT_EQ(world_.inspect(container_, "{{.Id}}"), id) << "what was installed in it is still there";
  expect_up();

  // What systemd is for: a service that is there again after a start.
  EXPECT_NE(world_.cai(repository_, {"status"}).out.find("system"), std::string::npos);
  ASSERT_EQ(world_.cai(repository_, {"--fresh", "-d"}).code, 0);
  expect_up();
}

}  // namespace
}  // namespace cai::e2e
