#pragma once

#include <optional>
#include <string>

#include "cai/base/filesystem.hpp"
#include "cai/converge/options.hpp"
#include "cli/app.hpp"
#include "cli/subject.hpp"

namespace cai {

/// What attach, run, shell and exec ask for before anybody goes inside.
struct BringUpRequest {
  Choices flags;
  bool fresh = false;
  bool reset = false;
  bool rebuild = false;
  std::optional<bool> keep;
  std::optional<std::string> container;  ///< --container

  [[nodiscard]] bool changes_something() const {
    return fresh || reset || rebuild || keep || flags != Choices{};
  }
};
BringUpRequest bring_up_request(const Invocation& invocation);

/// A workspace that runs.
struct Ready {
  WorkspaceRow row;
  WorkspaceOptions options;
  Location location;
  bool checked_only = false;  ///< the hot path believed the store and one look at the container
};

/// Creates, starts or joins the workspace and leaves it running. On a running, unchanged workspace this is
/// one engine request and no write. `believe_store` = false skips that shortcut, after a session that could
/// not be opened.
Ready bring_up(App& app, const BringUpRequest& request, bool believe_store = true);

/// What bring_up would do, for --dry-run: text of the plan. Changes nothing.
std::string dry_run(App& app, const BringUpRequest& request);

/// Names a running workspace of the same directory on another branch, once.
void notice_sibling(App& app, const WorkspaceRow& row);

/// What the reconciler works with in this command; opens the store for writing and makes the installation id.
Workshop make_workshop(App& app, ConsoleEvents& events);

/// Waits for the workspace's turn, saying so if that takes a moment. Throws Error(busy) after ten minutes.
FileLock take_turn(App& app, const WorkspaceKey& key);

}  // namespace cai
