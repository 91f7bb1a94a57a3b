#pragma once

#include <string>

#include "cai/collect/findings.hpp"
#include "cai/converge/reconciler.hpp"

namespace cai {

/// What became of an item.
struct Removal {
  enum class Outcome {
    removed,
    gone,    ///< somebody else was faster
    spared,  ///< it turned out to be needed: see `why`
  } outcome = Outcome::removed;
  std::string why;
};

/// Takes one item away, never by force: it is judged again first, under the workspace's lock if it is one's
/// container, and what was started meanwhile the engine itself refuses to remove. `terms` are those under
/// which it was found. Throws what the engine throws.
Removal remove_item(Workshop& shop, const EngineId& engine, const Item& item, const Terms& terms,
                    const Clock& clock);

}  // namespace cai
