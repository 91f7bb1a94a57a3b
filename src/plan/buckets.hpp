#pragma once

#include <optional>
#include <vector>

#include "cai/model/workspace.hpp"

namespace cai {

/// The observed containers, sorted by one small rule each. Pointers go into the Observed that was sorted.
struct Buckets {
  std::vector<const ObservedContainer*> current;     ///< ours, of the wanted generation; the best one first
  std::vector<const ObservedContainer*> superseded;  ///< ours, older
  std::vector<const ObservedContainer*> ahead;  ///< ours, newer than the store: it was restored from a backup
  std::vector<const ObservedContainer*> unknown;   ///< ours, in a state nobody may touch
  const ObservedContainer* name_holder = nullptr;  ///< not ours, and has our name
};

/// Ours means both: made by this instance, and for this workspace. Labels decide, names only find candidates.
bool is_ours(const Desired& desired, const ObservedContainer& container);

/// The generation label; 0 (older than any wish) when it cannot be read.
std::int64_t generation_of(const ObservedContainer& container);

/// The result does not depend on the order of `observed.containers`.
Buckets sort_into_buckets(const Desired& desired, const Observed& observed);

}  // namespace cai
