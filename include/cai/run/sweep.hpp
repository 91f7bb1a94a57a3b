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

struct Reaped {
  std::vector<RunId> runs;
  int run_count = 0;
  int box_count = 0;

  [[nodiscard]] bool empty() const { return run_count == 0 && box_count == 0; }
};

/// "reaped 2 runs whose cai is gone".
std::string to_text(const Reaped& reaped);

/// Removes what `judge` gives up, by full id and unforced, with one list request when there is nothing. Stops
/// at the deadline; what is left is for the next time. Throws what the list request throws; a container that
/// cannot be removed is skipped.
Reaped reap_orphans(Engine& engine, const InstanceId& instance, const ProcessIdentity& self,
                    Deadline deadline);

/// Removes the container of a run, which is killed if it lives, by full id and unforced. "", or why it is
/// still there at the deadline. One that is gone already is fine.
std::string remove_run_container(Engine& engine, const ContainerId& id, Deadline deadline);

}  // namespace cai
