#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cai/engine/engine.hpp"
#include "cai/store/store.hpp"

namespace cai {

/// Finds out which files of a running workspace change while its volume is read, by its own clock and its own
/// find(1): the only ones that see the volume as cheaply as that.
class ChangedFiles {
 public:
  /// Marks the beginning.
  ChangedFiles(Engine& engine, const WorkspaceRow& row);

  /// Whether somebody may write at all: the workspace's container runs.
  [[nodiscard]] bool may_change() const { return container_.has_value(); }
  /// Paths in the volume that `counts` accepts and that changed since the beginning. nullopt: cannot be
  /// known.
  std::optional<std::vector<std::string>> names(const std::function<bool(const std::string&)>& counts);

 private:
  Engine& engine_;
  std::optional<ContainerId> container_;
  std::string beginning_;  ///< seconds since 1970 with a fraction, as the container's date(1) has it
};

}  // namespace cai
