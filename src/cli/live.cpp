#include "cli/live.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds engine_limit(5);
constexpr std::size_t proc_limit = 1U << 20U;
constexpr std::size_t most_processes = 20'000;

/// nullopt for whatever cannot be read: another host, another user, a process that ended.
std::optional<std::string> read_proc(const fs::path& path) {
  try {
    return read_file(path, proc_limit);
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// The engine's idea of a pid means something here only if that process is in the container's own cgroup.
bool runs_on_this_host(const ContainerDetails& details) {
  if (details.pid <= 0) return false;
  const auto cgroup = read_proc(fs::path("/proc") / std::to_string(details.pid) / "cgroup");
  return cgroup && cgroup->find(details.container.id.value) != std::string::npos;
}

void add_children(std::int64_t pid, std::int64_t parent, std::vector<ProcessEntry>& processes) {
  if (processes.size() >= most_processes) return;
  const auto directory = fs::path("/proc") / std::to_string(pid);
  processes.push_back({pid, parent, std::string(trim(read_proc(directory / "comm").value_or("")))});
  const auto children = read_proc(directory / "task" / std::to_string(pid) / "children");
  for (const auto& word : split(trim(children.value_or("")), ' ')) {
    if (const auto child = parse_integer(word)) add_children(*child, pid, processes);
  }
}

bool is_number(const std::string& text) {
  return parse_integer(text).has_value();
}

std::optional<int> count_terminals(std::int64_t pid) {
  std::error_code error;
  int terminals = 0;
  for (fs::directory_iterator at(fs::path("/proc") / std::to_string(pid) / "root/dev/pts", error), end;
       !error && at != end; at.increment(error)) {
    if (is_number(at->path().filename().string())) ++terminals;
  }
  return error ? std::nullopt : std::optional(terminals);
}

/// "sshd" children of the container's processes, from `ps`, then "--", then the names in /dev/pts.
void parse_inside_report(const std::string& report, LiveFigures& figures) {
  std::vector<ProcessEntry> processes;
  int terminals = 0;
  bool in_terminals = false;
  for (const auto& line : split(report, '\n')) {
    if (line == "--") {
      in_terminals = true;
    } else if (in_terminals) {
      if (is_number(line)) ++terminals;
    } else {
      std::vector<std::string> words;
      for (auto& word : split(trim(line), ' ')) {
        if (!word.empty()) words.push_back(std::move(word));
      }
      if (words.size() < 3) continue;
      processes.push_back(
          {parse_integer(words[0]).value_or(0), parse_integer(words[1]).value_or(0), words[2]});
    }
  }
  if (!processes.empty()) figures.ssh_connections = count_ssh_connections(processes);
  if (in_terminals) figures.active_terminals = terminals;
}

void ask_inside(Engine& engine, const ContainerDetails& details, LiveFigures& figures) {
  const ExecRequest request{.command = {"/bin/sh", "-c", "ps -eo pid=,ppid=,comm= && echo -- && ls /dev/pts"},
                            .environment = {},
                            .user = "",
                            .working_directory = "/"};
  try {
    const auto result = engine.execute(details.container.id, request, Deadline::in(engine_limit));
    if (result && result->exit_code == 0) parse_inside_report(result->standard_output, figures);
  } catch (const Error&) {
    return;  // best effort: unknown
  }
}

/// cgroup controllers of the container's first process: controller (or "" for v2) -> path.
std::map<std::string, std::string> cgroup_paths(std::int64_t pid) {
  std::map<std::string, std::string> paths;
  const auto text = read_proc(fs::path("/proc") / std::to_string(pid) / "cgroup");
  for (const auto& line : split(text.value_or(""), '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() < 3) continue;
    for (const auto& controller : split(fields[1], ',')) paths[controller] = fields[2];
  }
  return paths;
}

std::optional<std::int64_t> read_number(const fs::path& path) {
  const auto text = read_proc(path);
  return text ? parse_integer(trim(*text)) : std::nullopt;
}

std::optional<std::int64_t> read_keyed(const fs::path& path, std::string_view key) {
  const auto text = read_proc(path);
  for (const auto& line : split(text.value_or(""), '\n')) {
    const auto words = split(line, ' ');
    if (words.size() == 2 && words[0] == key) return parse_integer(words[1]);
  }
  return std::nullopt;
}

std::optional<Statistics> read_cgroup(std::int64_t pid) {
  const auto paths = cgroup_paths(pid);
  const fs::path base = "/sys/fs/cgroup";
  const auto at = [&](const char* controller) { return base / controller / paths.at(controller).substr(1); };
  Statistics statistics;
  std::optional<std::int64_t> used;
  std::optional<std::int64_t> cpu;
  if (paths.contains("memory") && paths.contains("cpuacct")) {
    used = read_number(at("memory") / "memory.usage_in_bytes");
    statistics.memory_limit_bytes = read_number(at("memory") / "memory.limit_in_bytes").value_or(0);
    if (used) *used -= read_keyed(at("memory") / "memory.stat", "total_inactive_file").value_or(0);
    cpu = read_number(at("cpuacct") / "cpuacct.usage");
  } else if (paths.contains("")) {
    const auto unified = base / paths.at("").substr(1);
    used = read_number(unified / "memory.current");
    statistics.memory_limit_bytes = read_number(unified / "memory.max").value_or(0);
    if (used) *used -= read_keyed(unified / "memory.stat", "inactive_file").value_or(0);
    cpu = read_keyed(unified / "cpu.stat", "usage_usec");
    if (cpu) *cpu *= 1000;
  }
  if (!used || !cpu) return std::nullopt;
  statistics.memory_bytes = std::max<std::int64_t>(0, *used);
  statistics.cpu_nanoseconds = *cpu;
  return statistics;
}

std::optional<Statistics> read_statistics(Engine& engine, const ContainerDetails& details, bool local) {
  if (local) {
    if (auto statistics = read_cgroup(details.pid)) return statistics;
  }
  try {
    return engine.container_statistics(details.container.id);
  } catch (const Error&) {
    return std::nullopt;  // best effort: unknown
  }
}

void read_sessions_into(Engine& engine, const ContainerDetails& details, bool local, LiveFigures& figures) {
  if (local) {
    figures.active_terminals = count_terminals(details.pid);
    std::vector<ProcessEntry> processes;
    add_children(details.pid, 0, processes);
    if (processes.size() > 1) figures.ssh_connections = count_ssh_connections(processes);
  }
  if (!figures.active_terminals || !figures.ssh_connections) ask_inside(engine, details, figures);
}

}  // namespace

int count_ssh_connections(const std::vector<ProcessEntry>& processes) {
  std::map<std::int64_t, const ProcessEntry*> by_pid;
  for (const auto& process : processes) by_pid[process.pid] = &process;
  const auto is_sshd = [&](std::int64_t pid) { return by_pid.contains(pid) && by_pid[pid]->name == "sshd"; };
  // A program's nearest sshd belongs to one connection; the listener itself has only sshd below it.
  std::map<std::int64_t, bool> connections;
  for (const auto& process : processes) {
    if (process.name == "sshd" || !is_sshd(process.parent)) continue;
    const auto* connection = by_pid[process.parent];
    if (is_sshd(connection->parent)) connections[connection->pid] = true;
  }
  return static_cast<int>(connections.size());
}

LiveFigures read_sessions(Engine& engine, const ContainerDetails& details) {
  LiveFigures figures;
  read_sessions_into(engine, details, runs_on_this_host(details), figures);
  return figures;
}

LiveFigures read_live_figures(Engine& engine, const ContainerDetails& details, Timestamp now) {
  LiveFigures figures;
  if (details.container.state != ContainerState::running &&
      details.container.state != ContainerState::paused) {
    return figures;
  }
  const bool local = runs_on_this_host(details);
  std::int64_t uptime = 0;
  if (details.started) {
    uptime = std::max<std::int64_t>(
        0, std::chrono::duration_cast<std::chrono::nanoseconds>(now - *details.started).count());
    figures.uptime_seconds = uptime / 1'000'000'000;
  }
  if (details.container.state == ContainerState::running) read_sessions_into(engine, details, local, figures);
  if (const auto statistics = read_statistics(engine, details, local)) {
    figures.memory_bytes = statistics->memory_bytes;
    if (statistics->memory_limit_bytes > 0) figures.memory_limit_bytes = statistics->memory_limit_bytes;
    if (uptime > 0) {
      figures.cpu_percent =
          100.0 * static_cast<double>(statistics->cpu_nanoseconds) / static_cast<double>(uptime);
    }
  }
  return figures;
}

}  // namespace cai
