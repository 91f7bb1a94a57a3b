// One thing goes wrong at one request of one command; then the next plain command has to make all well again,
// on a real engine of our own. Prints a table: operations by faults, converged of tried. Exit code 1: not all
// converged. usage: chaos [files|kills] [--every N] [--only COMMAND] [--fault FAULT] [--seed N]
//   each Nth case (default 1), of one row of the table, of one column
//   files: instead of requests to the engine, system calls on files fail
//   kills: cai is killed before each system call that changes a file; the seed is of the second kills
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <stdexcept>

#include "chaos/file_campaign.hpp"
#include "chaos/house.hpp"
#include "chaos/kill_campaign.hpp"
#include "chaos/operation.hpp"
#include "chaos/saboteur.hpp"

namespace cai::chaos {
namespace {

struct Tally {
  int tried = 0;
  int converged = 0;
};

class Campaign {
 public:
  Campaign(e2e::World& world, House& house, PrivateEngine& engine, Selection selection)
      : world_(world), house_(house), saboteur_(world, engine), selection_(std::move(selection)) {}

  /// False: something was lost, or did not converge.
  bool run() {
    print_head();
    for (const auto& operation : operations(house_)) {
      if (!selection_.only.empty() && selection_.only != operation.name) continue;
      const int points = requests_of(operation);
      for (const Fault fault : all_faults) {
        if (!selection_.fault.empty() && selection_.fault != to_string(fault)) continue;
        for (int point = 1; point <= points; ++point) {
          if (++cases_ % selection_.every == 0) try_one(operation, fault, point);
        }
      }
      print_row(operation.name, points);
    }
    fmt::print("{} of {} cases tried: {} converged, {} lost, {} wrong\n", tried_, cases_, converged_, lost_,
               wrong_);
    return tried_ > 0 && lost_ == 0 && wrong_ == 0;
  }

 private:
  int requests_of(const Operation& operation) {
    prepare(house_, operation);
    const auto result = saboteur_.run(house_.repository(), operation.command, Fault::delayed, 0);
    if (result.code != 0) throw std::runtime_error(operation.name + " without any fault: " + result.err);
    return saboteur_.requests();
  }

  void try_one(const Operation& operation, Fault fault, int point) {
    prepare(house_, operation);
    const auto result = saboteur_.run(house_.repository(), operation.command, fault, point);
    auto complaint = fault == Fault::killed ? "" : complaint_about(result);
    const auto after = complaint_after_next(world_, house_, operation);
    if (complaint.empty()) complaint = after;
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
  House& house_;
  Saboteur saboteur_;
  Selection selection_;
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

/// A word that is mistyped must not start hours of everything.
Selection selection_of(const e2e::Words& words) {
  Selection selection;
  const std::size_t first = !words.empty() && (words[0] == "files" || words[0] == "kills") ? 1 : 0;
  for (std::size_t i = first; i < words.size(); i += 2) {
    const std::string value = i + 1 < words.size() ? words[i + 1] : "";
    if (words[i] == "--every" && std::atoi(value.c_str()) > 0) {
      selection.every = std::atoi(value.c_str());
    } else if (words[i] == "--only" && !value.empty()) {
      selection.only = value;
    } else if (words[i] == "--fault" && !value.empty()) {
      selection.fault = value;
    } else if (words[i] == "--seed" && !value.empty()) {
      selection.seed = static_cast<unsigned>(std::strtoul(value.c_str(), nullptr, 10));
    } else {
      throw std::runtime_error("what is \"" + words[i] + " " + value +
                               "\"? usage: chaos [files|kills] [--every N] [--only COMMAND] [--fault FAULT] "
                               "[--seed N]");
    }
  }
  return selection;
}

int main_of(const e2e::Words& words) {
  const auto selection = selection_of(words);
  if (geteuid() != 0) {
    fmt::print(stderr, "not run: an engine of our own needs root\n");
    return 77;
  }
  const char* host = std::getenv("DOCKER_HOST");
  const std::string source = host == nullptr ? "unix:///var/run/docker.sock" : host;
  const auto image = built_image();
  PrivateEngine engine(source, {image, "debian:bookworm-slim"});
  setenv("DOCKER_HOST", engine.host().c_str(), 1);
  e2e::World world;
  House house(world, engine);
  const std::string kind = words.empty() ? "" : words.front();
  const bool is_well = kind == "files"   ? FileCampaign(world, house, selection).run()
                       : kind == "kills" ? KillCampaign(world, house, selection).run()
                                         : Campaign(world, house, engine, selection).run();
  return is_well ? 0 : 1;
}

}  // namespace
}  // namespace cai::chaos

int main(int argc, char** argv) {
  try {
    return cai::chaos::main_of({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    fmt::print(stderr, "chaos: {}\n", error.what());
    return 1;
  }
}
