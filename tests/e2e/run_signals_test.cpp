// Signals at twenty points of a run's life, ten times each: whatever moment it is, nothing stays.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <csignal>
#include <fstream>
#include <thread>

#include "e2e/proxy.hpp"
#include "e2e/world.hpp"

namespace cai::e2e {
namespace {

namespace fs = std::filesystem;

constexpr const char* image = "debian:bookworm-slim";
constexpr int workers = 5;
constexpr int rounds = 2;  ///< of each worker: ten in all

/// When the signal comes: when a request is on its way to the engine, or while the engine works at it.
/// Requests of a run are: two of the sweep, create, attach, start, wait, remove.
struct Point {
  const char* request;  ///< part of its first line; "": the start of the program
  int delay = 0;        ///< milliseconds after that
};
constexpr Point points[] = {
    {"", 0},           {"", 2},       {"", 5},       {"", 12},       {"containers/json", 0},
    {"/networks?", 0}, {"create", 0}, {"create", 3}, {"create", 10}, {"/attach", 0},
    {"/attach", 2},    {"/start", 0}, {"/start", 5}, {"/start", 40}, {"/start", 120},
    {"/wait", 0},      {"/wait", 3},  {"/wait", 20}, {"DELETE", 0},  {"DELETE", 3},
};
static_assert(std::size(points) == 20);
/// From here on the command may have ended before the signal comes.
constexpr const Point* sure_before = &points[14];

/// A user of their own behind a proxy that sends the signal.
class Target {
 public:
  Target() : proxy_((world_.root() / "p").string()) {
    repository_ = world_.repository(World::unique());
    EXPECT_EQ(run().code, 0);  // the installation's id, and what the store knows of the engine
    world_.environment["DOCKER_HOST"] = "unix://" + (world_.root() / "p").string();
    proxy_.on_request = [this](int, const std::string& line) {
      if (*point_->request != '\0' && line.find(point_->request) != std::string::npos && !hit_.exchange(true))
        shoot();
      return std::string();
    };
  }
  ~Target() {
    if (late_.joinable()) late_.join();
  }

  /// Starts a run and sends it the signal at the point; how it ended.
  int hit(const Point& point, int signal) {
    point_ = &point;
    signal_ = signal;
    hit_ = *point.request == '\0';
    pid_ = 0;
    auto words = argv();
    words.insert(words.begin(), cai_binary());
    const pid_t pid = world_.spawn(words, repository_);
    pid_ = pid;
    if (*point.request == '\0') shoot();
    const int code = World::wait(pid).code;
    pid_ = -1;
    if (late_.joinable()) late_.join();
    return code;
  }
  Result run() { return world_.cai(repository_, argv()); }
  std::string containers() {
    std::string instance;
    std::ifstream(world_.home() / ".config/containai/instance") >> instance;
    return world_.docker({"ps", "-aq", "--filter", "label=containai.instance=" + instance}).out;
  }
  /// Files with variables in them.
  std::size_t files() {
    const auto directory = world_.home() / ".local/state/containai/run/runs";
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
  }

 private:
  static Words argv() {
    return {"run", "--rm", "--image", image, "-e", "A=b", "--", "sh", "-c", "sleep 0.1"};
  }
  void shoot() {
    const auto kill_it = [this] {
      while (pid_ == 0) std::this_thread::yield();
      if (pid_ > 0) kill(pid_, signal_);
    };
    if (point_->delay == 0) return kill_it();
    late_ = std::thread([this, kill_it] {
      std::this_thread::sleep_for(std::chrono::milliseconds(point_->delay));
      kill_it();
    });
  }

  World world_;
  fs::path repository_;
  std::atomic<pid_t> pid_ = -1;
  const Point* point_ = points;
  int signal_ = 0;
  std::atomic<bool> hit_ = true;
  std::thread late_;
  Proxy proxy_;
};

template <typename Work>
void in_parallel(Work work) {
  std::vector<std::thread> crowd;
  for (int worker = 0; worker < workers; ++worker) crowd.emplace_back([&, worker] { work(worker); });
  for (auto& each : crowd) each.join();
}

TEST(RunSignals, Row22AtTwentyPointsTenTimesEachNothingStays) {
  in_parallel([](int worker) {
    Target target;
    for (int i = 0; i < rounds * static_cast<int>(std::size(points)); ++i) {
      const auto& point = points[i % std::size(points)];
      const int signal = std::array{SIGTERM, SIGINT, SIGHUP}[(i + worker) % 3];
      const int code = target.hit(point, signal);
      const int expected = signal == SIGINT ? 130 : 143;
      // Before anything watches for signals the process ends by it; after its end the command's own code
      // counts.
      EXPECT_TRUE(code == expected || code == 128 + signal || code == 0)
          << point.request << " + " << point.delay << " ms: " << code;
      EXPECT_TRUE(code != 0 || &point >= sure_before) << point.request << ": the signal was not heard";
      EXPECT_EQ(target.containers(), "") << point.request << " + " << point.delay << " ms";
    }
    EXPECT_EQ(target.files(), 0U);
  });
}

TEST(RunSignals, Row28KilledAtTwentyPointsTenTimesEachTheNextRunClearsUp) {
  in_parallel([](int) {
    Target target;
    for (int i = 0; i < rounds * static_cast<int>(std::size(points)); ++i) {
      target.hit(points[i % std::size(points)], SIGKILL);
      if (i % 4 != 3) continue;
      // A creation in flight goes on without us.
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
      // One command has two seconds for the sweep; on a busy engine the rest is for the next.
      for (int commands = 0; commands < 3 && (commands == 0 || !target.containers().empty()); ++commands)
        EXPECT_EQ(target.run().code, 0);
      EXPECT_EQ(target.containers(), "") << "after " << points[i % std::size(points)].request;
    }
    EXPECT_EQ(target.files(), 0U);
  });
}

}  // namespace
}  // namespace cai::e2e
