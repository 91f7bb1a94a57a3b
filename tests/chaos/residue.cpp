#include "chaos/residue.hpp"

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <set>
#include <sstream>

#include "chaos/strace.hpp"

namespace cai::chaos {
namespace {

namespace fs = std::filesystem;

void make_old(const fs::path& home) {
  const auto before = fs::file_time_type::clock::now() - std::chrono::hours(1);
  for (const auto& entry : fs::recursive_directory_iterator(home)) {
    std::error_code ignored;  // the socket of a shared connection may go meanwhile
    if (entry.is_regular_file(ignored)) fs::last_write_time(entry.path(), before, ignored);
  }
}

std::set<std::string> lines_of(const std::string& text) {
  std::set<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.insert(line);
  return lines;
}

/// An answer of the store, read by sqlite3(1).
std::set<std::string> ask_store(e2e::World& world, const std::string& question) {
  const auto store = world.home() / ".local/state/containai/containai.db";
  const auto answer = e2e::run({"sqlite3", "-readonly", store, question}, world.environment, "/");
  return lines_of(answer.code == 0 ? answer.out : answer.err);
}

std::string instance_of(const e2e::World& world) {
  std::string instance;
  std::ifstream(world.home() / ".config/containai/instance") >> instance;
  return instance;
}

std::string residue_of_files(e2e::World& world) {
  for (const auto& file : temporary_files(world.home())) return file.string() + " was left behind";
  const auto state = world.home() / ".local/state/containai";
  for (const char* marks : {"filling", "locks/helpers"})
    if (fs::exists(state / marks) && !fs::is_empty(state / marks))
      return fmt::format("a mark of a transfer that is over: {}",
                         fs::directory_iterator(state / marks)->path().string());
  const auto runs = ask_store(world, "SELECT id FROM runs");
  if (fs::exists(state / "runs"))
    for (const auto& run : fs::directory_iterator(state / "runs"))
      if (!runs.contains(run.path().filename().string())) return run.path().string() + " has no record";
  return "";
}

std::string residue_on_engine(e2e::World& world) {
  const auto mine = "label=containai.instance=" + instance_of(world);
  const auto containers =
      lines_of(world.docker({"ps", "-a", "--filter", mine, "--format", "{{.Names}} {{.State}}"}).out);
  if (containers.size() != 1 || !containers.begin()->ends_with(" running"))
    return fmt::format("{} containers, of which the first is {}", containers.size(),
                       containers.empty() ? "none" : *containers.begin());
  const auto known =
      ask_store(world, "SELECT volume FROM workspaces UNION SELECT volume FROM former_volumes");
  for (const auto& volume : lines_of(world.docker({"volume", "ls", "-q", "--filter", mine}).out))
    if (!known.contains(volume)) return "nobody knows the volume " + volume;
  return "";
}

}  // namespace

std::string residue(e2e::World& world, const fs::path& repository) {
  make_old(world.home());
  for (const e2e::Words& words :
       {e2e::Words{"run", "--rm", "--image", "debian:bookworm-slim", "--", "true"}, e2e::Words{"-d"}}) {
    const auto result = world.cai(repository, words);
    if (result.code != 0) return fmt::format("cai {}: exit code {}: {}", words[0], result.code, result.err);
  }
  if (ask_store(world, "PRAGMA integrity_check") != std::set<std::string>{"ok"})
    return "the store is damaged";
  auto found = residue_of_files(world);
  return found.empty() ? residue_on_engine(world) : found;
}

}  // namespace cai::chaos
