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
  bool believed = false;  ///< nothing was converged: the store was believed, as far as `Belief` allowed
};

/// How far the store is believed about a workspace that it calls running and unchanged.
enum class Belief {
  store,             ///< entirely: whoever goes inside notices what is wrong, and comes back with `nothing`
  store_and_a_look,  ///< if one request finds the container running
  nothing,           ///< observe and converge
};

/// Creates, starts or joins the workspace and leaves it running. On a running, unchanged workspace this is at
/// most one engine request and no write.
Ready bring_up(App& app, const BringUpRequest& request, Belief belief = Belief::store_and_a_look);

/// What bring_up would do, for --dry-run: text of the plan. Changes nothing.
std::string dry_run(App& app, const BringUpRequest& request);

/// Names a running workspace of the same directory on another branch, once.
void notice_sibling(App& app, const WorkspaceRow& row);

/// Where a workspace is, and how it is called if not by the rule.
struct Target {
  Subject subject;
  WorkspaceKey key;
};
/// --container N: the workspace of that name wherever it is, if it is ours; else the one where the user is,
/// under that name.
Target find_target(App& app, const std::optional<std::string>& container, Approval approval);
/// Newer than anything that exists, even if the store is older than the containers.
std::int64_t next_generation(const Workshop& shop, const WorkspaceRow& row);
/// A name that neither the store nor the engine knows.
std::string unused_volume_name(Engine& engine, const WorkspaceRow& row);

/// What the reconciler works with in this command; opens the store for writing and makes the installation id.
Workshop make_workshop(App& app, ConsoleEvents& events);

/// What a container may open at most: an engine refuses to start one with more than its own limit, which it
/// does not tell; on the same host ours is the best guess.
std::int64_t open_files_limit();

/// Waits for the workspace's turn, saying so if that takes a moment. Throws Error(busy) after ten minutes.
FileLock take_turn(App& app, const WorkspaceKey& key);

}  // namespace cai
