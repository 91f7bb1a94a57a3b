#pragma once

#include <optional>
#include <string>

#include "cai/converge/reconciler.hpp"

namespace cai {

/// The id of this installation: the content of <config>/instance, made on first use. It lives beside the keys
/// and not in the state directory, so that a lost store does not turn our own containers into somebody
/// else's.
InstanceId load_instance(const Paths& paths);
/// The same for commands that only read: nullopt when there is none yet.
std::optional<InstanceId> find_instance(const Paths& paths);

struct RowRequest {
  EngineId engine;
  WorkspaceKey key;
  std::string repository;
  std::optional<std::string> volume;  ///< chosen by flag or configuration
  Choices choices;
  bool keep = false;
};

/// The workspace's row: found, else rebuilt from the labels of our own containers (with a notice), else
/// added.
WorkspaceRow find_or_make_row(Workshop& shop, const RowRequest& request);

/// The row that find_or_make_row would give, without writing: a new one has port 0 and an id that nobody has.
WorkspaceRow preview_row(const Workshop& shop, const RowRequest& request);

/// Rebuilds rows of all our containers that the store does not know; returns their names. For commands that
/// list or name workspaces after the store was lost.
std::vector<std::string> adopt_unknown_rows(Workshop& shop, const EngineId& engine);

/// The row that the labels of one of our containers describe; nullopt when they are not complete.
std::optional<WorkspaceRow> row_from_labels(const ObservedContainer& container, const EngineId& engine,
                                            const std::string& volume_id);

/// The lock that whoever takes a former volume over, or removes one, holds from its last look to its deed.
std::filesystem::path former_volume_lock_file(const Paths& paths, const std::string& volume);

}  // namespace cai
