#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cai/engine/engine.hpp"

namespace cai {

/// Figures that are true for a moment, each best effort: nullopt when it could not be had within the time
/// limit.
struct LiveFigures {
  std::optional<std::int64_t> uptime_seconds;
  std::optional<int>
      ssh_connections;  ///< with something running in them; an idle shared connection does not count
  std::optional<int> active_terminals;
  std::optional<std::int64_t> memory_bytes;
  std::optional<std::int64_t> memory_limit_bytes;
  std::optional<double> cpu_percent;  ///< of one processor, average since the container started
};

/// A process of the container, as ps(1) or proc(5) has it.
struct ProcessEntry {
  std::int64_t pid = 0;
  std::int64_t parent = 0;
  std::string name;
};
/// Connections of sshd that have a program running in them.
int count_ssh_connections(const std::vector<ProcessEntry>& processes);

/// Reads the figures of a running container. Where the engine runs on this host and we may look, proc(5) and
/// the cgroup files answer in microseconds; else the engine is asked, 5 s at most in all.
LiveFigures read_live_figures(Engine& engine, const ContainerDetails& details, Timestamp now);
/// Only the sessions, for the question that `stop` asks.
LiveFigures read_sessions(Engine& engine, const ContainerDetails& details);

}  // namespace cai
