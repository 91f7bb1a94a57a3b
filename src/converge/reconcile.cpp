#include <chrono>
#include <thread>

#include "cai/base/text.hpp"
#include "cai/converge/reconciler.hpp"

namespace cai {
namespace {

constexpr int passes_without_progress = 3;
/// More than any honest sequence of surprises needs; ends a quarrel with another tool over the same
/// container.
constexpr int passes_in_all = 12;

Error to_error(const Refusal& refusal) {
  Error error(refusal.kind, refusal.message);
  for (const auto& hint : refusal.hints) error.hint(hint);
  return error;
}

void pause_before_pass(int failures) {
  if (failures > 0) std::this_thread::sleep_for(std::chrono::milliseconds(100 * failures * failures));
}

}  // namespace

std::string Reconciler::make_operation_id() {
  return random_hex(6);
}

Plan Reconciler::converge(WorkspaceRow& row, const WorkspaceOptions& options) {
  int failures = 0;
  if (row.wanted == Wanted::running) await_stop_in_flight(row);
  for (int pass = 0; pass < passes_in_all && failures < passes_without_progress; ++pass) {
    pause_before_pass(failures);
    const auto [observed, next] = look(row, options);
    if (next.refusal) throw to_error(*next.refusal);
    if (pass == 0) {
      for (const auto& note : next.notes) shop_.events.notice(note);
    }
    if (next.steps.empty()) {
      learn(next, observed, row);
      return next;
    }
    failures = execute(next, row, options) ? 0 : failures + 1;
  }
  throw Error(ErrorKind::failed, row.name + " did not come to rest: something else keeps changing it")
      .hint("`cai log` shows what was tried; `cai plan` shows what is still to do");
}

bool Reconciler::execute(const Plan& plan, WorkspaceRow& row, const WorkspaceOptions& options) {
  bool progress = false;
  created_.reset();
  for (const auto& step : plan.steps) {
    const Desired desired = make_desired(shop_.instance, row, options, shop_.files);
    switch (run_step(step, desired, options, row)) {
      case StepResult::progress:
        progress = true;
        break;
      case StepResult::observe_again:
        return progress;
      case StepResult::port_taken:
        take_another_port(row);
        return true;
      case StepResult::unstartable:
        make_anew(row);
        return true;
    }
  }
  return progress;
}

Reconciler::StepResult Reconciler::run_step(const Step& step, const Desired& desired,
                                            const WorkspaceOptions& options, WorkspaceRow& row) {
  const std::string text = to_text(step, desired);
  const auto started = std::chrono::steady_clock::now();
  const auto entry = shop_.store.journal_begin(operation_, desired.name, text);
  shop_.events.step_started(text);
  try {
    const StepResult result = act(step, desired, options, row);
    shop_.store.journal_end(entry, result == StepResult::progress ? "done" : "conflict", "");
    shop_.events.step_finished(
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started));
    return result;
  } catch (Error& error) {
    shop_.store.journal_end(entry, "failed", error.what());
    error.during(doing_text(step, desired));
    throw;
  }
}

/// The engine gave the port to somebody else. The container has its port for life, so there must be a new
/// one; nothing of value is in it, because the home lies in the volume.
void Reconciler::take_another_port(WorkspaceRow& row) {
  const int former = row.port;
  row.port = shop_.store.replace_port(row.id, row.generation + 1, shop_.ports, shop_.port_is_free);
  ++row.generation;
  shop_.events.notice("port " + std::to_string(former) + " is in use by something else; " + row.name +
                      " now has port " + std::to_string(row.port));
}

/// Happens once at most: what is made now has never run, and is discarded when it cannot start either.
void Reconciler::make_anew(WorkspaceRow& row) {
  ++row.generation;
  shop_.store.set_generation(row.id, row.generation);
}

void Reconciler::learn(const Plan& plan, const Observed& observed, WorkspaceRow& row) {
  if (observed.volume && !row.volume_id.empty() && !row.volume_confirmed &&
      label_or_empty(observed.volume->labels, label::volume_id) == row.volume_id) {
    shop_.store.confirm_volume(row.id);
    row.volume_confirmed = true;
  }
  if (!plan.current) return;
  for (const auto& container : observed.containers) {
    if (container.id != *plan.current) continue;
    const auto hash = label_or_empty(container.labels, label::spec_hash);
    if (row.container == container.id && row.converged_hash == hash) return;
    shop_.store.set_converged(row.id, container.id, hash);
    row.container = container.id;
    row.converged_hash = hash;
  }
}

std::filesystem::path workspace_lock_file(const Paths& paths, const WorkspaceKey& key) {
  return paths.locks() / ("workspace-" + sha256_hex(key.text()).substr(0, 16) + ".lock");
}

}  // namespace cai
