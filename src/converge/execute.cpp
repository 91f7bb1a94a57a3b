#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "cai/converge/container_request.hpp"
#include "cai/converge/images.hpp"
#include "cai/converge/reconciler.hpp"
#include "cai/image/edition.hpp"

namespace cai {
namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};

constexpr int stop_grace_seconds = 10;

/// How long a name stays reserved by a create, or a container in removal, whose client died: the engine
/// finishes by itself, but asks for patience (measured: well under a second).
constexpr std::chrono::seconds in_flight_patience(10);
constexpr std::chrono::milliseconds start_pause(500);

/// The init of ours ends in a fraction of this; a stop that takes longer is found by the session that it
/// ends.
constexpr std::chrono::seconds stop_in_flight_patience(2);

template <typename Condition>
bool wait_until(std::chrono::milliseconds limit, Condition condition) {
  const Deadline deadline = Deadline::in(limit);
  while (!condition()) {
    if (deadline.expired()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

/// The engine refuses to start a container that ran before.
class Unstartable : public Error {
 public:
  explicit Unstartable(const Error& error) : Error(error) {}
};

/// Without it `cai template diff` only knows that something changed; that is no reason to fail.
void remember_template(const Workshop& shop, const Template& chosen) {
  try {
    remember_edition(editions_folder(shop.paths), chosen);
  } catch (const Error& error) {
    shop.events.notice(std::string("cannot remember what the template was: ") + error.what());
  }
}

}  // namespace

ImageShop Reconciler::image_shop() const {
  return {.engine = shop_.engine, .paths = shop_.paths, .instance = shop_.instance, .events = shop_.events};
}

Reconciler::StepResult Reconciler::act(const Step& step, const Desired& desired,
                                       const WorkspaceOptions& options, WorkspaceRow& row) {
  const auto of = [](Outcome outcome) {
    return outcome == Outcome::done || outcome == Outcome::unchanged ? StepResult::progress
                                                                     : StepResult::observe_again;
  };
  auto& engine = shop_.engine;
  return std::visit(
      Overloaded{
          [&](const BuildImage&) {
            build_template_image(image_shop(), options.chosen, options, BuildCache::use);
            return StepResult::progress;
          },
          [&](const PrepareKeys&) {
            shop_.files.prepare_keys(desired.id);
            return StepResult::progress;
          },
          [&](const CreateVolume& action) { return create_volume(desired, action.volume); },
          [&](const CreateContainer&) {
            remember_template(shop_, options.chosen);
            return create_container(desired);
          },
          [&](const StartContainer& action) {
            const auto& id = action.id ? action.id : created_;
            return id ? start_container(*id, desired, row) : StepResult::observe_again;
          },
          [&](const UnpauseContainer& action) { return of(engine.unpause_container(action.id)); },
          [&](const StopContainer& action) {
            return of(engine.stop_container(action.id, stop_grace_seconds));
          },
          [&](const RenameContainer& action) { return of(engine.rename_container(action.id, action.name)); },
          [&](const RemoveContainer& action) { return remove_container(action.id); },
          [&](const AwaitContainer& action) { return await_container(action.id); },
          [&](const VerifyReady& action) {
            verify_ready(desired, options);
            const auto id = action.id ? action.id : created_;
            if (id && shop_.after_ready) shop_.after_ready(*id, desired);
            remember_verified(id, row);
            return StepResult::progress;
          },
          [&](const WriteSshEntry&) {
            shop_.files.write_entry(make_ssh_target(row, options));
            return StepResult::progress;
          },
          [&](const RemoveSshEntry&) {
            shop_.files.remove_entry(desired.name, desired.id);
            return StepResult::progress;
          },
      },
      step.action);
}

std::string Reconciler::rebuild_image(const WorkspaceRow& row, const WorkspaceOptions& options) {
  const auto text = "rebuild image " + options.chosen.image + ": asked for";
  const auto entry = shop_.store.journal_begin(operation_, row.name, text);
  try {
    auto former = rebuild_template_image(image_shop(), options.chosen, options);
    shop_.store.journal_end(entry, "done", "");
    return former;
  } catch (const Error& error) {
    shop_.store.journal_end(entry, "failed", error.what());
    throw;
  }
}

/// The engine returns the volume that was there first: the nonce tells whether that one is ours.
Reconciler::StepResult Reconciler::create_volume(const Desired& desired, const std::string& volume) {
  if (desired.volume_id.empty()) {
    shop_.engine.create_volume(volume, {});
    return StepResult::progress;
  }
  if (shop_.before_new_volume) shop_.before_new_volume(desired);
  const auto made = shop_.engine.create_volume(volume, volume_labels(desired));
  if (label_or_empty(made.labels, label::volume_id) != desired.volume_id) return StepResult::observe_again;
  shop_.store.confirm_volume(desired.id);
  return StepResult::progress;
}

Reconciler::StepResult Reconciler::create_container(const Desired& desired) {
  const auto memory = desired.specification.memory_bytes != 0 ? 0 : shop_.engine.information().memory_bytes;
  const auto request =
      make_container_request(desired, {.memory_bytes = memory, .open_files = shop_.open_files}, operation_);
  const auto made = shop_.engine.create_container(desired.name, request);
  if (made.outcome == Outcome::done) {
    created_ = made.id;
    return StepResult::progress;
  }
  if (made.outcome == Outcome::conflict) {
    // A create whose client died keeps the name reserved before the container can be seen.
    wait_until(in_flight_patience, [&] { return shop_.engine.inspect_container(desired.name).has_value(); });
  }
  return StepResult::observe_again;
}

/// A container that never ran and cannot start holds nothing, and would fail the same way for ever: the next
/// attempt makes it anew. The engine's error is the one worth telling, whatever becomes of the removal. One
/// that ran may only want patience, when the engine was killed while it started or stopped it.
StartResult Reconciler::start_patiently(const ContainerId& id) {
  for (const auto deadline = Deadline::in(shop_.start_patience);;) {
    try {
      return shop_.engine.start_container(id);
    } catch (const Error& error) {
      const auto details = shop_.engine.inspect_container(id.value);
      const bool never_ran = details && details->container.state == ContainerState::created;
      if (never_ran) shop_.engine.remove_container(id);
      if (error.kind() != ErrorKind::failed || !details || never_ran) throw;
      if (deadline.expired()) throw Unstartable(error);
    }
    std::this_thread::sleep_for(std::min(shop_.start_patience, start_pause));
  }
}

/// A cai that was killed may have sent a stop that the engine is still busy with: the container runs now, and
/// in a moment it does not. Nobody else stops it meanwhile, because the caller holds the lock.
void Reconciler::await_stop_in_flight(const WorkspaceRow& row) const {
  constexpr int recent_steps = 20;
  const auto is_in_flight = [now = SystemClock().now()](const JournalEntry& entry) {
    const auto begun = parse_rfc3339(entry.started_at);
    return entry.finished_at.empty() && entry.step.starts_with("stop container ") && begun &&
           now - *begun < stop_in_flight_patience;
  };
  if (std::ranges::none_of(shop_.store.journal(recent_steps, row.name), is_in_flight)) return;
  wait_until(stop_in_flight_patience, [&] {
    const auto details = shop_.engine.inspect_container(row.name);
    return !details || details->container.state != ContainerState::running;
  });
}

/// Until the container is seen to answer, the next cai must not believe that it does.
void Reconciler::forget_verified(const ContainerId& id, WorkspaceRow& row) {
  if (row.container != id) return;
  shop_.store.set_converged(row.id, {}, "");
  row.container = {};
}

/// Written down by `learn`, which knows the rest; who is killed before that verifies once more.
void Reconciler::remember_verified(const std::optional<ContainerId>& id, WorkspaceRow& row) {
  if (!id) return;
  row.container = *id;
  row.converged_hash.clear();
}

Reconciler::StepResult Reconciler::start_container(const ContainerId& id, const Desired& desired,
                                                   WorkspaceRow& row) {
  forget_verified(id, row);
  if (shop_.before_start) shop_.before_start(desired);
  // In the other profiles a person may have installed things into the container, once it has run.
  const bool is_disposable = desired.specification.profile == Profile::strict;
  StartResult started;
  try {
    started = start_patiently(id);
  } catch (Unstartable& error) {
    if (is_disposable) {
      shop_.events.notice(
          fmt::format("the engine cannot start the container of {} any more, so it is made anew: {}",
                      desired.name, escape_for_terminal(error.what())));
      return StepResult::unstartable;
    }
    error.hint(
        "if it stays so, make a new container with `cai --fresh`: what was installed outside the home is "
        "lost then");
    throw;
  }
  switch (started.outcome) {
    case Outcome::done:
    case Outcome::unchanged:
      return StepResult::progress;
    case Outcome::missing:
      return StepResult::observe_again;
    case Outcome::conflict:
      break;
  }
  if (!started.port_taken) return StepResult::observe_again;
  const auto details = shop_.engine.inspect_container(id.value);
  const bool never_ran = details && details->container.state == ContainerState::created;
  if (never_ran || is_disposable) return StepResult::port_taken;
  throw Error(ErrorKind::start_failed,
              "port " + std::to_string(desired.specification.port) + " is in use by something else")
      .hint(
          "free the port, or make a new container with `cai --fresh`: what was installed outside the home is "
          "lost then");
}

Reconciler::StepResult Reconciler::remove_container(const ContainerId& id) {
  const auto gone = [&] { return !shop_.engine.inspect_container(id.value); };
  switch (shop_.engine.remove_container(id)) {
    case Outcome::done:
    case Outcome::unchanged:
    case Outcome::missing:
      return StepResult::progress;
    case Outcome::conflict:
      break;
  }
  // A removal whose client died goes on in the engine; a container that was started meanwhile stays.
  const auto details = shop_.engine.inspect_container(id.value);
  if (!details) return StepResult::progress;
  if (details->container.state == ContainerState::running) return StepResult::observe_again;
  return wait_until(in_flight_patience, gone) ? StepResult::progress : StepResult::observe_again;
}

Reconciler::StepResult Reconciler::await_container(const ContainerId& id) {
  wait_until(in_flight_patience, [&] {
    const auto details = shop_.engine.inspect_container(id.value);
    return !details || (details->container.state != ContainerState::removing &&
                        details->container.state != ContainerState::restarting);
  });
  return StepResult::observe_again;
}

}  // namespace cai
