#pragma once

#include <string>
#include <vector>

#include "cai/base/environment.hpp"
#include "cai/base/process_identity.hpp"
#include "cai/base/time.hpp"
#include "cai/engine/engine.hpp"
#include "cai/model/run.hpp"

namespace cai {

enum class SweepVerdict {
  spare,
  remove,           ///< it does not run, and nobody will start it
  kill_and_remove,  ///< it runs for nobody
};

/// What the sweep may do with a container, given whether the cai that owns it lives. Pure. Only runs and
/// boxes of this installation, never kept ones, never paused ones or ones in a state that nobody knows, and
/// only when the owner is proved dead; so never one that a living cai is about to start.
SweepVerdict judge(const ObservedContainer& container, const InstanceId& instance, Liveness owner);

/// The same, asking the kernel about the owner that the label names.
SweepVerdict judge(const ObservedContainer& container, const InstanceId& instance,
                   const ProcessIdentity& self);

/// True: the network is this installation's, and the cai that made it for a session of an agent is proved
/// dead. Pure. One that a person made has no owner, and stays until a person removes it.
bool judge(const ObservedNetwork& network, const InstanceId& instance, Liveness owner);

struct Reaped {
  std::vector<RunId> runs;
  int run_count = 0;
  int box_count = 0;
  int network_count = 0;

  [[nodiscard]] bool empty() const { return run_count == 0 && box_count == 0 && network_count == 0; }
};

/// "reaped 2 runs and 1 network whose cai is gone".
std::string to_text(const Reaped& reaped);

/// Removes what `judge` gives up, by full id and unforced, with one list request when there is nothing. Stops
/// at the deadline; what is left is for the next time. Throws what the list request throws; a container that
/// cannot be removed is skipped.
Reaped reap_orphans(Engine& engine, const InstanceId& instance, const ProcessIdentity& self,
                    Deadline deadline);

/// Removes networks that `judge` gives up and that no container, running or not, is on: by full id and
/// unforced, after judging them again. Returns how many. With one list request when there is nothing.
int reap_networks(Engine& engine, const InstanceId& instance, const ProcessIdentity& self, Deadline deadline);

/// Removes the container of a run, which is killed if it lives, by full id and unforced. "", or why it is
/// still there at the deadline. One that is gone already is fine.
std::string remove_run_container(Engine& engine, const ContainerId& id, Deadline deadline);

}  // namespace cai
