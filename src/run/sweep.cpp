#include "cai/run/sweep.hpp"

#include <fmt/format.h>

#include <thread>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

/// Where one is asked to wait for a container that the engine is busy with.
constexpr std::chrono::milliseconds first_pause(5);
constexpr std::chrono::milliseconds longest_pause(200);

bool is_ephemeral(const Labels& labels) {
  const auto kind = label_or_empty(labels, label::kind);
  return kind == "run" || kind == "box";
}

/// One attempt; true: it is gone.
bool try_to_remove(Engine& engine, const ContainerId& id) {
  if (engine.remove_container(id) != Outcome::conflict) return true;
  const auto details = engine.inspect_container(id.value);
  if (!details) return true;
  const auto state = details->container.state;
  if (state == ContainerState::paused) engine.unpause_container(id);
  if (state == ContainerState::running || state == ContainerState::paused ||
      state == ContainerState::restarting) {
    engine.kill_container(id, "KILL");
  }
  return false;
}

}  // namespace

SweepVerdict judge(const ObservedContainer& container, const InstanceId& instance, Liveness owner) {
  const auto& labels = container.labels;
  const bool ours = label_or_empty(labels, label::managed) == "true" && !instance.empty() &&
                    label_or_empty(labels, label::instance) == instance.value;
  const bool wanted =
      !label_or_empty(labels, label::keep).empty() || label_or_empty(labels, label::persistent) == "true";
  if (!ours || !is_ephemeral(labels) || wanted || owner != Liveness::dead) {
    return SweepVerdict::spare;
  }
  switch (container.state) {
    case ContainerState::created:
    case ContainerState::exited:
    case ContainerState::dead:
      return SweepVerdict::remove;
    case ContainerState::running:
      return SweepVerdict::kill_and_remove;
    case ContainerState::paused:
    case ContainerState::restarting:
    case ContainerState::removing:
    case ContainerState::unknown:
      break;
  }
  return SweepVerdict::spare;
}

SweepVerdict judge(const ObservedContainer& container, const InstanceId& instance,
                   const ProcessIdentity& self) {
  const auto owner = parse_process_identity(label_or_empty(container.labels, label::owner));
  return judge(container, instance, owner ? liveness_of(*owner, self) : Liveness::unknown);
}

std::string to_text(const Reaped& reaped) {
  const auto count = [](int number, const char* one, const char* many) {
    return number == 0 ? std::string() : fmt::format("{} {}", number, number == 1 ? one : many);
  };
  std::vector<std::string> kinds = {count(reaped.run_count, "run", "runs"),
                                    count(reaped.box_count, "box", "boxes"),
                                    count(reaped.network_count, "network", "networks")};
  std::erase(kinds, "");
  const auto last = kinds.empty() ? std::string() : kinds.back();
  if (!kinds.empty()) kinds.pop_back();
  return fmt::format("reaped {}{}{} whose cai is gone", join(kinds, ", "), kinds.empty() ? "" : " and ",
                     last);
}

Reaped reap_orphans(Engine& engine, const InstanceId& instance, const ProcessIdentity& self,
                    Deadline deadline) {
  Reaped reaped;
  const Labels ours = {{label::managed, "true"}, {label::instance, instance.value}, {label::owner, ""}};
  for (const auto& container : engine.list_containers({.labels = ours, .states = {}})) {
    if (deadline.expired()) break;
    const auto verdict = judge(container, instance, self);
    if (verdict == SweepVerdict::spare) continue;
    try {
      if (verdict == SweepVerdict::kill_and_remove) {
        // Somebody may have paused it meanwhile, to look at it.
        const auto details = engine.inspect_container(container.id.value);
        if (!details || judge(details->container, instance, self) == SweepVerdict::spare) continue;
        engine.kill_container(container.id, "KILL");
        if (!remove_run_container(engine, container.id, deadline).empty()) continue;
      } else if (engine.remove_container(container.id) != Outcome::done) {
        continue;  // somebody started it, or another cai was faster
      }
    } catch (const Error&) {
      continue;
    }
    const bool is_run = label_or_empty(container.labels, label::kind) == "run";
    (is_run ? reaped.run_count : reaped.box_count) += 1;
    if (is_run) reaped.runs.push_back({label_or_empty(container.labels, label::run_id)});
  }
  return reaped;
}

std::string remove_run_container(Engine& engine, const ContainerId& id, Deadline deadline) {
  auto pause = first_pause;
  bool was_cut = false;
  while (true) {
    try {
      if (try_to_remove(engine, id)) return "";
    } catch (const Error& error) {
      // Whether a lost answer was a yes, only asking again can tell; an engine that is gone stays gone.
      if (was_cut || error.kind() != ErrorKind::engine_unreachable) return error.what();
      was_cut = true;
    }
    if (deadline.expired()) return "the engine is still busy with it";
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, longest_pause);
  }
}

}  // namespace cai
