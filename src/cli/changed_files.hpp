#pragma once

#include <expected>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cai/engine/engine.hpp"
#include "cai/store/store.hpp"

namespace cai {

/// Finds out which files of a running workspace change while its volume is read, by its own clock and its own
/// find(1): the only ones that see the volume as cheaply as that. Asks on a connection of its own, beside
/// whatever else is done.
class ChangedFiles {
 public:
  /// Paths in the volume; or why they cannot be known.
  using Names = std::expected<std::vector<std::string>, std::string>;

  /// Goes to mark the beginning.
  ChangedFiles(const Connect& connect, const WorkspaceRow& row);

  /// Waits for the mark: what is read from now on is read after it. Whether somebody may write at all: the
  /// workspace's container runs.
  bool may_change();
  /// The volume has been read: goes to look what changed since the beginning.
  void look();
  /// Waits for what `look` finds; none when nobody may write.
  Names names();

 private:
  struct Beginning {
    ContainerId container;
    /// What the container's date(1) says, seconds since 1970 with a fraction; or why it cannot be known.
    std::expected<std::string, std::string> time;
  };
  static std::optional<Beginning> mark(Engine& engine, const std::string& id_or_name);
  static Names find(Engine& engine, const Beginning& beginning);

  std::unique_ptr<Engine> engine_;
  std::shared_future<std::optional<Beginning>> beginning_;  ///< nullopt: no container of it runs
  std::future<Names> names_;
};

}  // namespace cai
