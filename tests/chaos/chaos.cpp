// One thing goes wrong at one request of one command; then the next plain command has to make all well again,
// on a real engine of our own. Prints a table: operations by faults, converged of tried. Exit code 1: not all
// converged. usage: chaos [--every N]   take each Nth case of all (default 1)
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <stdexcept>

#include "chaos/house.hpp"
#include "chaos/saboteur.hpp"

namespace cai::chaos {
namespace {

using e2e::Words;

struct Operation {
  std::string name;
  std::vector<Words>
      before;  ///< brings the furnished house into the state in which the command has work to do
  Words command;
  Words next = {"-d"};  ///< the plain command that comes after
};

std::vector<Operation> operations(const House& house) {
  const Words run = {"run", "--rm", "--image", "debian:bookworm-slim", "--", "true"};
  const Words stop = {"stop", "--force"};
  const Words remove = {"stop", "--remove", "--force"};
  return {{"create", {remove}, {"-d"}},
          {"start", {stop}, {"-d"}},
          {"fresh", {}, {"--fresh", "-d"}},
          {"reset", {}, {"--reset", "-d"}},
          {"stop", {}, stop},
          {"remove", {}, remove},
          {"gc", {stop}, {"gc", "--age", "0h", "--force"}},
          {"exec", {}, {"exec", "--", "true"}},
          {"run --rm", {}, run, run},
          {"export", {}, {"export", "--output", house.export_target().string()}},
          {"import", {}, {"import", "--yes", house.archive().string()}},
          {"status", {}, {"status"}},
          {"list", {}, {"list"}}};
}

struct Tally {
  int tried = 0;
  int converged = 0;
};

class Campaign {
 public:
  Campaign(e2e::World& world, PrivateEngine& engine, int every)
      : world_(world), house_(world, engine), saboteur_(world, engine), every_(every) {}

  /// False: something was lost, or did not converge.
  bool run() {
    print_head();
    for (const auto& operation : operations(house_)) {
      const int points = requests_of(operation);
      for (const Fault fault : all_faults) {
        for (int point = 1; point <= points; ++point) {
          if (++cases_ % every_ == 0) try_one(operation, fault, point);
        }
      }
      print_row(operation.name, points);
    }
    fmt::print("{} of {} cases tried: {} converged, {} lost, {} wrong\n", tried_, cases_, converged_, lost_,
               wrong_);
    return lost_ == 0 && wrong_ == 0;
  }

 private:
  void prepare(const Operation& operation) {
    house_.furnish();
    for (const auto& words : operation.before) house_.must(words);
  }

  int requests_of(const Operation& operation) {
    prepare(operation);
    const auto result = saboteur_.run(house_.repository(), operation.command, Fault::delayed, 0);
    if (result.code != 0) throw std::runtime_error(operation.name + " without any fault: " + result.err);
    return saboteur_.requests();
  }

  void try_one(const Operation& operation, Fault fault, int point) {
    prepare(operation);
    const auto result = saboteur_.run(house_.repository(), operation.command, fault, point);
    auto complaint = complaint_about(result, fault);
    const auto next = world_.cai(house_.repository(), operation.next);
    if (complaint.empty() && next.code != 0)
      complaint = fmt::format("the next command exits with {}: {}", next.code, next.err);
    // A run leaves the workspace as it was; everything else has just been asked to bring it up.
    if (complaint.empty() && operation.next != Words{"-d"}) house_.must({"-d"});
    if (complaint.empty()) complaint = house_.complaint();
    const auto lost = house_.what_is_lost();
    auto& tally = row_[fault];
    ++tally.tried;
    if (!lost.empty()) ++lost_;
    if (!complaint.empty()) ++wrong_;
    if (lost.empty() && complaint.empty()) {
      ++tally.converged;
      return;
    }
    fmt::print(stderr, "{}, {} at request {}: {} {}\n", operation.name, to_string(fault), point, lost,
               complaint);
    if (!lost.empty()) throw std::runtime_error("data was lost; what follows would prove nothing");
  }

  /// A command that fails says why, and none crashes. 137 is what a run says whose container went while it
  /// ran.
  static std::string complaint_about(const e2e::Result& result, Fault fault) {
    if (fault == Fault::killed || result.code == 0) return "";
    for (const int crash : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV})
      if (result.code == 128 + crash) return fmt::format("cai crashed with signal {}", crash);
    return result.err.empty() ? "cai failed without a word" : "";
  }

  static void print_head() {
    fmt::print("{:<10}{:>9}", "", "requests");
    for (const Fault fault : all_faults) fmt::print("{:>11}", to_string(fault));
    fmt::print("\n");
  }

  /// As soon as the operation is done: all of them take an hour.
  void print_row(const std::string& name, int points) {
    fmt::print("{:<10}{:>9}", name, points);
    for (const Fault fault : all_faults) {
      const Tally tally = row_[fault];
      fmt::print("{:>11}", tally.tried == 0 ? "-" : fmt::format("{}/{}", tally.converged, tally.tried));
      tried_ += tally.tried;
      converged_ += tally.converged;
    }
    fmt::print("\n");
    std::fflush(stdout);
    row_.clear();
  }

  e2e::World& world_;
  House house_;
  Saboteur saboteur_;
  int every_;
  int cases_ = 0;
  int lost_ = 0;
  int wrong_ = 0;
  int tried_ = 0;
  int converged_ = 0;
  std::map<Fault, Tally> row_;  ///< of the operation that is being tried
};

/// The image of the default template, built where there is a network.
std::string built_image() {
  e2e::World world;
  const auto repository = world.repository(e2e::World::unique());
  const auto made = world.cai(repository, {"-d"});
  if (made.code != 0) throw std::runtime_error("no workspace can be made here: " + made.err);
  return world.inspect(e2e::trimmed(made.out), "{{.Config.Image}}");
}

int main_of(int argc, char** argv) {
  if (geteuid() != 0) {
    fmt::print(stderr, "not run: an engine of our own needs root\n");
    return 77;
  }
  const int every = argc > 2 && std::string(argv[1]) == "--every" ? std::atoi(argv[2]) : 1;
  const char* host = std::getenv("DOCKER_HOST");
  const std::string source = host == nullptr ? "unix:///var/run/docker.sock" : host;
  const auto image = built_image();
  PrivateEngine engine(source, {image, "debian:bookworm-slim"});
  setenv("DOCKER_HOST", engine.host().c_str(), 1);
  e2e::World world;
  return Campaign(world, engine, every < 1 ? 1 : every).run() ? 0 : 1;
}

}  // namespace
}  // namespace cai::chaos

int main(int argc, char** argv) {
  try {
    return cai::chaos::main_of(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "chaos: {}\n", error.what());
    return 1;
  }
}
