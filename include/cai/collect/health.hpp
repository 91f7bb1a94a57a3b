#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cai/collect/findings.hpp"

namespace cai {

/// One line of what is well or not, with the command that mends it.
struct HealthLine {
  bool is_well = true;
  std::string text;
  std::string mend;  ///< a command; empty when all is well, or when nothing of ours mends it
};

/// What health is judged from besides the inventory.
struct HealthFacts {
  std::vector<std::string> behind;  ///< names of workspaces whose container is not what it should be
  /// Of the file system with the least room among those that cai and the engine write to.
  std::optional<std::int64_t> disk_free_bytes;
  std::optional<std::int64_t> disk_size_bytes;
  std::string gc_age;  ///< as configured, "30d"
  std::chrono::seconds gc_age_seconds{0};
};

// Pure. Every check gives one line, well or not, in a fixed order.
std::vector<HealthLine> judge_health(const Inventory& inventory, const HealthFacts& facts);

/// Containers that nobody answers for: managed without an owner, a workspace's that the store does not know,
/// or a run's or box's whose cai is gone while they still run.
std::vector<const ObservedContainer*> orphans_of(const Inventory& inventory);

}  // namespace cai
