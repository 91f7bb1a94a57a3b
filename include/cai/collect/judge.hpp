#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "cai/base/time.hpp"
#include "cai/model/ids.hpp"
#include "cai/model/workspace.hpp"

namespace cai {

/// How old something is at least and at most: a listing knows only "3 weeks".
struct AgeRange {
  std::chrono::nanoseconds least{0};
  std::chrono::nanoseconds most{0};

  friend bool operator==(const AgeRange&, const AgeRange&) = default;
};

/// Exact. A time in the future (somebody turned a clock) is age zero.
AgeRange age_since(Timestamp since, Timestamp now);

/// From "Exited (137) 3 weeks ago", as engines write it (github.com/docker/go-units, HumanDuration): by the
/// engine's own clock, so ours may be wrong. nullopt: not that text.
std::optional<AgeRange> age_from_status(std::string_view status_text);

enum class Owner {
  ours,    ///< made by this installation
  nobody,  ///< managed, without an installation: made by hand or by another ContainAI tool
  other,   ///< another installation's
};
Owner owner_of(const Labels& labels, const InstanceId& instance);

/// What the judge is told of a container. All that it does not know protects.
struct ContainerFacts {
  bool managed = false;
  Owner owner = Owner::other;
  ContainerState state = ContainerState::unknown;
  bool kept = false;            ///< in the store or by its label
  bool attended = false;        ///< a run or box whose cai still works on it
  std::optional<AgeRange> age;  ///< since it ended; since its creation if it never ran
};

enum class Verdict {
  collect,
  unmanaged,
  other_installation,
  running,
  paused,
  in_transition,  ///< the engine is changing it right now
  unknown_state,
  attended,
  kept,
  too_young,
  age_unknown,  ///< the range does not decide, or there is none: look closer, and else leave it
};
std::string_view to_string(Verdict verdict);

/// Whether a container may be collected. Pure, and monotone in the age: what may go stays so as time passes.
Verdict judge(const ContainerFacts& facts, std::chrono::seconds age);

}  // namespace cai
