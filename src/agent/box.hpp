#pragma once

#include <string>
#include <vector>

#include "agent/inside.hpp"
#include "agent/operation.hpp"

namespace cai {

/// One of this installation's boxes. All that cai knows of it is in its labels: a lost store loses nothing.
struct Box {
  ContainerDetails details{};
  std::string user;  ///< "uid:gid" of commands
  std::string workdir;
  std::string purpose;
  bool persistent = false;

  [[nodiscard]] const ContainerId& id() const { return details.container.id; }
  [[nodiscard]] const std::string& name() const { return details.container.name; }
  [[nodiscard]] bool runs() const { return details.container.state == ContainerState::running; }
};

/// True for a box of this installation.
bool is_own_box(const Labels& labels, const InstanceId& instance);
Box box_from(ContainerDetails details);
/// By name or by at least 12 digits of its id. Throws Error(not_found), or Error(not_ours).
Box find_box(Call& call, const std::string& name_or_id);
std::vector<ObservedContainer> own_boxes(Engine& engine, const InstanceId& instance);

/// Runs the command, or throws Error(failed) because the box does not run.
InsideResult run_in_box(Call& call, const Box& box, const InsideRequest& request);

/// What to say of a box that ended by itself `when`, with the end of its output.
Error box_ended(Call& call, const Box& box, std::string_view when);
/// Throws box_ended() unless it runs.
void require_running(Call& call, const Box& box, std::string_view when);

/// The command with which a person enters the box.
std::string interactive_command(Call& call, const Box& box, const std::string& shell);

/// Stops and removes; "removed", or what stood in the way. Never throws for what the engine says.
std::string remove_box(Engine& engine, const ContainerId& id, int grace_seconds);

/// Names of the containers on the network, whoever's they are and whether they run or not: the engine itself
/// would remove it under a stopped one, which could then never start again.
std::vector<std::string> containers_on(Engine& engine, const std::string& network);

/// Letters, digits, '_', '.', '-', first a letter or digit, at most 63: throws Error(usage) naming
/// `parameter`.
void require_name(std::string_view parameter, const std::string& name);

/// Snapshots of two installations on one engine do not meet.
std::string snapshot_tag(const InstanceId& instance, const std::string& name);

inline const std::string root_user = "0:0";

}  // namespace cai
