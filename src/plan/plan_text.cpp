#include <array>
#include <string>
#include <utility>

#include "cai/base/text.hpp"
#include "cai/plan/plan.hpp"

namespace cai {
namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};

std::string short_id(const ContainerId& id) {
  return id.value.substr(0, 12);
}

}  // namespace

std::string_view to_string(Cause cause) {
  switch (cause) {
    case Cause::absent:
      return "absent";
    case Cause::not_running:
      return "not running";
    case Cause::paused:
      return "paused";
    case Cause::superseded:
      return "superseded";
    case Cause::duplicate:
      return "duplicate";
    case Cause::dead:
      return "dead";
    case Cause::in_transition:
      return "the engine is changing it";
    case Cause::renamed:
      return "renamed by somebody";
    case Cause::unwanted:
      return "unwanted";
    case Cause::just_started:
      return "just started";
    case Cause::unverified:
      return "not seen to answer yet";
    case Cause::out_of_date:
      return "out of date";
  }
  return "unknown";
}

std::string to_text(const Step& step, const Desired& desired) {
  const auto& name = desired.name;
  const std::string what = std::visit(
      Overloaded{
          [&](const BuildImage& action) { return "build image " + action.image; },
          [&](const CreateVolume& action) { return "create volume " + action.volume; },
          [&](const PrepareKeys&) { return "prepare keys of " + name; },
          [&](const CreateContainer& action) {
            return "create container " + action.name + " (generation " + std::to_string(desired.generation) +
                   ")";
          },
          [&](const StartContainer& action) {
            return "start container " + (action.id ? name + " (" + short_id(*action.id) + ")" : name);
          },
          [&](const UnpauseContainer& action) { return "resume container " + short_id(action.id); },
          [&](const StopContainer& action) {
            return "stop container " + name + " (" + short_id(action.id) + ")";
          },
          [&](const RenameContainer& action) {
            return "rename container " + short_id(action.id) + " to " + action.name;
          },
          [&](const RemoveContainer& action) {
            return "remove container " + name + " (" + short_id(action.id) + ")";
          },
          [&](const AwaitContainer& action) { return "wait for container " + short_id(action.id); },
          [&](const VerifyReady&) { return "verify that " + name + " answers"; },
          [&](const WriteSshEntry&) { return "write ssh entry " + name; },
          [&](const RemoveSshEntry&) { return "remove ssh entry " + name; },
      },
      step.action);
  return what + ": " + std::string(to_string(step.cause));
}

std::string doing_text(const Step& step, const Desired& desired) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 11> verbs = {
      {{"build", "building"},
       {"create", "creating"},
       {"prepare", "preparing"},
       {"start", "starting"},
       {"resume", "resuming"},
       {"stop", "stopping"},
       {"rename", "renaming"},
       {"remove", "removing"},
       {"wait", "waiting"},
       {"verify", "verifying"},
       {"write", "writing"}}};
  const auto text = to_text(step, desired);
  const auto words = text.substr(0, text.size() - to_string(step.cause).size() - 2);
  const auto end_of_verb = words.find(' ');
  for (const auto& [verb, doing] : verbs) {
    if (words.substr(0, end_of_verb) == verb) return std::string(doing) + words.substr(end_of_verb);
  }
  return words;
}

std::string to_text(const Plan& plan, const Desired& desired) {
  std::string text;
  if (plan.refusal) {
    text += "refused: " + plan.refusal->message + '\n';
    for (const auto& hint : plan.refusal->hints) text += "  hint: " + hint + '\n';
  }
  for (const auto& step : plan.steps) text += to_text(step, desired) + '\n';
  if (!plan.behind.empty()) text += "behind: " + join(plan.behind, ", ") + " (applied by `cai --fresh`)\n";
  for (const auto& note : plan.notes) text += "note: " + note + '\n';
  if (text.empty()) text = "nothing to do\n";
  return text;
}

}  // namespace cai
