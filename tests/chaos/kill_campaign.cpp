#include "chaos/kill_campaign.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <map>
#include <stdexcept>

#include "chaos/residue.hpp"

namespace cai::chaos {
namespace {

namespace fs = std::filesystem;

constexpr const char* changing_calls =
    "openat,write,pwrite64,fsync,fdatasync,ftruncate,rename,renameat,link,linkat,symlink,unlink,unlinkat,"
    "rmdir,mkdir,fchmod";

/// The files of these are written by a thread of its own.
bool writes_in_threads(const Operation& operation) {
  return operation.name == "run --rm" || operation.name == "export";
}

bool changes_a_file(const std::string& call, const std::string& line) {
  if (call == "openat") return line.find("O_CREAT") != std::string::npos;
  return line.find("write(1,") == std::string::npos && line.find("write(2,") == std::string::npos;
}

}  // namespace

KillCampaign::KillCampaign(e2e::World& world, House& house, Selection selection)
    : world_(world), house_(house), selection_(std::move(selection)) {
  if (selection_.seed == 0) selection_.seed = std::random_device()();
}

bool KillCampaign::run() {
  fmt::print("seed {}\n{:<10}{:>11}{:>11}{:>11}\n", selection_.seed, "", "writes", "once", "twice");
  static const std::set<std::string> tried = {"create", "start", "fresh",    "reset",  "stop",
                                              "remove", "gc",    "run --rm", "export", "import"};
  if (selection_.only.empty() || selection_.only == "first") try_newcomer();
  for (const auto& operation : operations(house_)) {
    if (!tried.contains(operation.name)) continue;
    if (selection_.only.empty() || selection_.only == operation.name) try_house(operation);
  }
  fmt::print("{} of {} cases tried: {} converged, {} lost, {} wrong; {} of the repairs were killed as well\n",
             tried_, cases_, tried_ - lost_ - wrong_, lost_, wrong_, again_);
  return tried_ > 0 && lost_ == 0 && wrong_ == 0;
}

std::vector<KillCampaign::Point> KillCampaign::points_of(e2e::World& world, const fs::path& repository,
                                                         const Operation& operation) {
  const bool threads = writes_in_threads(operation);
  const auto watched = run_watched(world, repository, operation.command, {changing_calls, "", threads});
  if (watched.result.code != 0)
    throw std::runtime_error(operation.name + " without any kill: " + watched.result.err);
  std::map<Point, int> count;  // by thread and call
  std::set<Point> points;
  for (const auto& line : watched.lines) {
    if (line.find(" resumed>") != std::string::npos) continue;
    const auto begin = threads ? line.find_first_not_of(' ', line.find(' ')) : 0;
    const auto call = line.substr(begin, line.find('(') - begin);
    const int number = ++count[{line.substr(0, begin) + call, 0}];
    if (changes_a_file(call, line)) points.insert({call, number});
  }
  return {points.begin(), points.end()};
}

bool KillCampaign::is_selected(const std::string& column) {
  return (selection_.fault.empty() || selection_.fault == column) && ++cases_ % selection_.every == 0;
}

bool KillCampaign::kill_at(e2e::World& world, const fs::path& repository, const Operation& operation,
                           const Point& point, std::string& wrong) {
  const auto watched = run_watched(
      world, repository, operation.command,
      {point.first, fmt::format("signal=KILL:when={}", point.second), writes_in_threads(operation)});
  const bool died = watched.result.code == 128 + SIGKILL;
  if (!died && watched.result.code != 0)
    wrong = fmt::format("exit code {}: {}", watched.result.code, watched.result.err);
  return died;
}

void KillCampaign::kill_repair(e2e::World& world, const fs::path& repository, const Operation& operation,
                               const std::vector<Point>& points, std::string& wrong) {
  std::mt19937 random(selection_.seed + static_cast<unsigned>(cases_));
  auto repair = operation;
  repair.command = operation.next;
  if (kill_at(world, repository, repair, points[random() % points.size()], wrong)) ++again_;
}

void KillCampaign::try_house(const Operation& operation) {
  prepare(house_, operation);
  const auto points = points_of(world_, house_.repository(), operation);
  std::string wrong = complaint_after_next(world_, house_, operation);
  if (!wrong.empty()) throw std::runtime_error(operation.name + " without any kill: " + wrong);
  for (const bool twice : {false, true}) {
    for (const auto& point : points) {
      if (!is_selected(twice ? "twice" : "once")) continue;
      prepare(house_, operation);
      wrong.clear();
      if (!kill_at(world_, house_.repository(), operation, point, wrong) && wrong.empty()) continue;
      if (twice) kill_repair(world_, house_.repository(), operation, points, wrong);
      auto after = complaint_after_next(world_, house_, operation);
      // Of a run that the engine was still making when the next command looked, the one after that knows.
      if (after.starts_with(House::run_left)) {
        ++late_;
        after = complaint_after_next(world_, house_, operation);
      }
      if (wrong.empty()) wrong = after;
      note(operation.name, twice ? "twice" : "once", point, wrong);
      if (const auto lost = house_.what_is_lost(); !lost.empty()) {
        ++lost_;
        throw std::runtime_error(operation.name + ": " + lost + "; what follows would prove nothing");
      }
    }
  }
  if (const auto left = residue(world_, house_.repository()); !left.empty()) {
    ++wrong_;
    fmt::print(stderr, "{}, after all of it: {}\n", operation.name, left);
  }
  print_row(operation.name, points.size());
}

/// The first command of somebody who never had cai: store, keys and ssh entry are made too.
void KillCampaign::try_newcomer() {
  const Operation first{"first", {}, {"-d"}};
  std::vector<Point> points;
  {
    e2e::World newcomer;
    points = points_of(newcomer, newcomer.repository("new"), first);
  }
  for (const bool twice : {false, true}) {
    for (const auto& point : points) {
      if (!is_selected(twice ? "twice" : "once")) continue;
      e2e::World newcomer;
      const auto repository = newcomer.repository("new");
      std::string wrong;
      if (!kill_at(newcomer, repository, first, point, wrong) && wrong.empty()) continue;
      if (twice) kill_repair(newcomer, repository, first, points, wrong);
      const auto next = newcomer.cai(repository, first.next);
      if (wrong.empty() && next.code != 0) wrong = fmt::format("exit code {}: {}", next.code, next.err);
      if (wrong.empty()) wrong = residue(newcomer, repository);
      note("first", twice ? "twice" : "once", point, wrong);
    }
  }
  print_row("first", points.size());
}

void KillCampaign::note(const std::string& row, const std::string& column, const Point& point,
                        const std::string& wrong) {
  auto& tally = column == "once" ? once_ : twice_;
  ++tally.tried;
  ++tried_;
  if (wrong.empty()) {
    ++tally.good;
    return;
  }
  ++wrong_;
  fmt::print(stderr, "case {}: {}, killed {} before {} {}: {}\n", cases_, row, column, point.first,
             point.second, wrong);
}

void KillCampaign::print_row(const std::string& name, std::size_t points) {
  const auto text = [](const Tally& tally) { return fmt::format("{}/{}", tally.good, tally.tried); };
  fmt::print("{:<10}{:>11}{:>11}{:>11}\n", name, points, text(once_), text(twice_));
  std::fflush(stdout);
  once_ = twice_ = {};
}

}  // namespace cai::chaos
