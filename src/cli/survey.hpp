#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cai/engine/engine.hpp"
#include "cli/app.hpp"
#include "cli/runs.hpp"

namespace cai {

/// One workspace as status and list show it: the row, and what the engine says of its container.
struct WorkspaceView {
  WorkspaceRow row;
  ContainerId container;  ///< empty: none
  std::string status;     ///< the engine's word, or "absent", "elsewhere"
  std::string image;
  std::string template_name;
  std::string profile;  ///< of the container, not of the wish
  std::optional<Timestamp> created;
  std::vector<std::string> behind;  ///< changed fields; empty: up to date, or nothing to compare
  bool directory_exists = true;
  std::optional<ContainerDetails> details;  ///< only of `status`
};

/// All workspaces of the store and of our labels on the engine, by name. One list request.
std::vector<WorkspaceView> survey_all(App& app);
/// The same from a listing that there is already; containers of others in it are passed over.
std::vector<WorkspaceView> survey(App& app, const std::vector<ObservedContainer>& listed);
struct Survey {
  std::vector<WorkspaceView> workspaces;
  std::vector<RunView> runs;  ///< every one, newest first
};
/// All workspaces and runs. One list request.
Survey survey_everything(App& app);
/// One workspace. One inspect request.
WorkspaceView survey_one(App& app, const WorkspaceRow& row);

/// find_row, and, when the store does not know the workspace, what the labels of its container say. Writes
/// nothing.
std::optional<WorkspaceRow> find_row_or_labels(App& app, const std::optional<std::string>& name);

}  // namespace cai
