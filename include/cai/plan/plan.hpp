#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cai/base/error.hpp"
#include "cai/model/workspace.hpp"

namespace cai {

/// What can be done to the world. A new alternative does not compile until executor, renderer and journal
/// handle it.
struct BuildImage {
  std::string image;
};
struct CreateVolume {
  std::string volume;
};
struct PrepareKeys {};
struct CreateContainer {
  std::string name;
};
/// No id: the container that the CreateContainer step before it made.
struct StartContainer {
  std::optional<ContainerId> id;
};
struct UnpauseContainer {
  ContainerId id;
};
struct StopContainer {
  ContainerId id;
};
struct RenameContainer {
  ContainerId id;
  std::string name;
};
struct RemoveContainer {
  ContainerId id;
};
/// The engine is busy with the container by itself (removing, restarting): wait, then look again.
struct AwaitContainer {
  ContainerId id;
};
/// No id: the container that the CreateContainer step before it made.
struct VerifyReady {
  std::optional<ContainerId> id;
};
struct WriteSshEntry {};
struct RemoveSshEntry {};

using Action = std::variant<BuildImage, CreateVolume, PrepareKeys, CreateContainer, StartContainer,
                            UnpauseContainer, StopContainer, RenameContainer, RemoveContainer, AwaitContainer,
                            VerifyReady, WriteSshEntry, RemoveSshEntry>;

enum class Cause {
  absent,         ///< wanted and not there
  not_running,    ///< there, and not running
  paused,         ///< there, and paused
  superseded,     ///< an older generation
  duplicate,      ///< a second container of the same generation
  dead,           ///< the engine gave the container up
  in_transition,  ///< the engine is changing it right now
  renamed,        ///< somebody gave it another name
  unwanted,       ///< the wish is stopped or absent
  just_started,   ///< must be seen to answer
  unverified,     ///< runs, but was not seen to answer: whoever started it was killed, or gave up waiting
  out_of_date,    ///< the file says something else than it should
};
std::string_view to_string(Cause cause);

struct Step {
  Action action;
  Cause cause;
};

/// Why nothing may be done. Becomes an Error of `kind`.
struct Refusal {
  ErrorKind kind;
  std::string message;
  std::vector<std::string> hints;
};

struct Plan {
  std::vector<Step> steps;
  std::vector<std::string> notes;  ///< worth saying, no step
  std::vector<std::string>
      behind;  ///< fields of the specification that the running generation does not have yet
  std::optional<Refusal> refusal;      ///< then there are no steps
  std::optional<ContainerId> current;  ///< the container that is (or will be, once started) the workspace

  [[nodiscard]] bool converged() const { return steps.empty() && !refusal; }
};

/// Pure: no I/O, no clock, no prompt, no exception for any state of the world. The same input gives the same
/// plan, whatever the order of `observed.containers`.
Plan make_plan(const Desired& desired, const Observed& observed);

/// One step a line with its cause; what `cai plan` prints and what tests compare.
std::string to_text(const Step& step, const Desired& desired);
std::string to_text(const Plan& plan, const Desired& desired);
/// The step as something that is going on: "starting container myapp-auth".
std::string doing_text(const Step& step, const Desired& desired);

/// A name that no other container can have: the workspace's name and 12 digits of the container's own id.
std::string aside_name(const std::string& name, const ContainerId& id);

}  // namespace cai
