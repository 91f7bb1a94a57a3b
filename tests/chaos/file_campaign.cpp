#include "chaos/file_campaign.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <set>
#include <sstream>
#include <stdexcept>

#include "chaos/strace.hpp"

namespace cai::chaos {
namespace {

constexpr std::array calls = {"openat",    "pread64",   "write",    "pwrite64", "fsync",
                              "fdatasync", "ftruncate", "rename",   "renameat", "link",
                              "linkat",    "unlink",    "unlinkat", "fchmod",   "mkdir"};

}  // namespace

bool FileCampaign::run() {
  fmt::print("{:<10}{:>11}{:>11}{:>11}\n", "", "calls", "EIO", "ENOSPC");
  for (const auto& operation : operations(house_)) {
    static const std::set<std::string> tried = {"create", "start",  "fresh", "reset",
                                                "stop",   "remove", "exec"};
    if (!tried.contains(operation.name)) continue;
    if (!selection_.only.empty() && selection_.only != operation.name) continue;
    const auto points = calls_of(operation);
    int sum = 0;
    for (const auto& [call, count] : points) sum += count;
    fmt::print("{:<10}{:>11}", operation.name, sum);
    for (const Failure& kind : {Failure{"", "EIO", false}, Failure{"", "ENOSPC", true}}) {
      const int before = tried_;
      const int bad_before = lost_ + wrong_;
      for (const auto& [call, count] : points) {
        if (!selection_.fault.empty() && selection_.fault != call && selection_.fault != kind.error) continue;
        for (int point = 1; point <= count; ++point)
          if (++cases_ % selection_.every == 0) try_one(operation, {call, kind.error, kind.lasts}, point);
      }
      fmt::print("{:>11}",
                 fmt::format("{}/{}", tried_ - before - (lost_ + wrong_ - bad_before), tried_ - before));
    }
    fmt::print("\n");
    std::fflush(stdout);
  }
  fmt::print("{} of {} cases tried: {} converged, {} lost, {} wrong\n", tried_, cases_,
             tried_ - lost_ - wrong_, lost_, wrong_);
  return tried_ > 0 && lost_ == 0 && wrong_ == 0;
}

/// The main thread of cai and nothing that it starts.
FileCampaign::Disturbed FileCampaign::disturb(const Operation& operation, const std::string& call,
                                              const std::string& injection) {
  const auto watched = run_watched(world_, house_.repository(), operation.command, {call, injection});
  Disturbed disturbed{watched.result, ""};
  for (const auto& line : watched.lines)
    if (injection.empty() || line.ends_with("(INJECTED)")) disturbed.hit += line + "\n";
  return disturbed;
}

std::map<std::string, int> FileCampaign::calls_of(const Operation& operation) {
  prepare(house_, operation);
  std::string all;
  for (const char* call : calls) all += (all.empty() ? "" : ",") + std::string(call);
  const auto whole = disturb(operation, all, "");
  if (whole.result.code != 0)
    throw std::runtime_error(operation.name + " without any failure: " + whole.result.err);
  std::map<std::string, int> counts;
  std::istringstream lines(whole.hit);
  for (std::string line; std::getline(lines, line);) ++counts[line.substr(0, line.find('('))];
  return counts;
}

std::string FileCampaign::lie_of(const Operation& operation, const Disturbed& disturbed) {
  if (disturbed.result.code != 0) return "";
  const auto state = house_.state();
  const std::string expected = operation.name == "stop"     ? "exited"
                               : operation.name == "remove" ? ""
                                                            : "running";
  return state == expected ? "" : fmt::format("exit code 0, but the workspace is \"{}\"", state);
}

void FileCampaign::try_one(const Operation& operation, const Failure& failure, int point) {
  prepare(house_, operation);
  const auto left_before = temporary_files(world_.home());
  const std::set<std::filesystem::path> files_before(left_before.begin(), left_before.end());
  const auto disturbed =
      disturb(operation, failure.call,
              fmt::format("error={}:when={}{}", failure.error, point, failure.lasts ? "+" : ""));
  if (disturbed.hit.empty()) return;
  ++tried_;
  // Who cannot write to the standard error has no way to say so.
  const bool is_gagged = disturbed.hit.find("write(2,") != std::string::npos;
  auto complaint = is_gagged ? "" : complaint_about(disturbed.result);
  if (complaint.empty()) complaint = lie_of(operation, disturbed);
  const auto after = complaint_after_next(world_, house_, operation);
  if (complaint.empty()) complaint = after;
  if (complaint.empty() && failure.call != "unlink")
    for (const auto& file : temporary_files(world_.home()))
      if (!files_before.contains(file)) complaint = file.string() + " was left behind";
  const auto lost = house_.what_is_lost();
  if (lost.empty() && complaint.empty()) return;
  ++(lost.empty() ? wrong_ : lost_);
  fmt::print(stderr, "{}, {} {}: {} {}\n  {}  exit code {}: {}\n", operation.name, failure.call, point, lost,
             complaint, disturbed.hit.substr(0, 400), disturbed.result.code, disturbed.result.err);
  if (!lost.empty()) throw std::runtime_error("data was lost; what follows would prove nothing");
}

}  // namespace cai::chaos
