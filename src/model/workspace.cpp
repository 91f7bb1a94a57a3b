#include "cai/model/workspace.hpp"

#include "model/words.hpp"

namespace cai {

namespace {

constexpr Words<Wanted, 3> wanted_words{
    {{Wanted::running, "running"}, {Wanted::stopped, "stopped"}, {Wanted::absent, "absent"}}};

/// The first word of a state is the one that is written; the others are what Podman says for the same thing.
constexpr Words<ContainerState, 10> state_words{{{ContainerState::created, "created"},
                                                 {ContainerState::running, "running"},
                                                 {ContainerState::paused, "paused"},
                                                 {ContainerState::restarting, "restarting"},
                                                 {ContainerState::removing, "removing"},
                                                 {ContainerState::exited, "exited"},
                                                 {ContainerState::dead, "dead"},
                                                 {ContainerState::created, "configured"},
                                                 {ContainerState::created, "initialized"},
                                                 {ContainerState::exited, "stopped"}}};

}  // namespace

std::string_view to_string(Wanted wanted) {
  return word_of(wanted_words, wanted);
}

std::optional<Wanted> parse_wanted(std::string_view text) {
  return value_of(wanted_words, text);
}

std::string_view to_string(ContainerState state) {
  return word_of(state_words, state);
}

ContainerState parse_container_state(std::string_view text) {
  return value_of(state_words, text).value_or(ContainerState::unknown);
}

}  // namespace cai
