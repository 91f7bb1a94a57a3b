#include "cli/runs.hpp"

#include <algorithm>
#include <map>
#include <thread>

#include "cai/base/process_identity.hpp"
#include "cai/base/text.hpp"
#include "cai/run/record.hpp"
#include "cai/run/sweep.hpp"

namespace cai {
namespace {

constexpr int stop_grace_seconds = 10;
constexpr std::size_t ended_runs_listed = 10;
/// How long the cai of a stopped run may take to remove its container itself.
constexpr std::chrono::seconds owner_patience(3);
constexpr std::chrono::seconds removal_limit(15);

Liveness owner_of(const RunRow& row) {
  const auto owner = parse_process_identity(row.owner);
  return owner ? liveness_of(*owner, this_process_identity()) : Liveness::unknown;
}

std::string status_of(const RunView& view) {
  if (view.container) {
    const auto state = view.container->state;
    return state == ContainerState::unknown ? view.container->state_text : std::string(to_string(state));
  }
  const bool unfinished = view.row.state == RunState::created || view.row.state == RunState::running;
  if (!unfinished) return std::string(to_string(view.row.state));
  return owner_of(view.row) == Liveness::dead ? "lost" : "starting";
}

RunRow row_of(const ObservedContainer& container) {
  RunRow row;
  row.id = {label_or_empty(container.labels, label::run_id)};
  row.name = container.name;
  row.root = label_or_empty(container.labels, label::workspace);
  row.image = container.image;
  row.container = container.id;
  row.keep = !label_or_empty(container.labels, label::keep).empty();
  row.owner = label_or_empty(container.labels, label::owner);
  row.created_at = format_rfc3339(container.created);
  return row;
}

bool is_own_run(App& app, const ObservedContainer& container) {
  return label_or_empty(container.labels, label::kind) == "run" &&
         label_or_empty(container.labels, label::instance) == app.instance_for_reading().value &&
         is_run_id(label_or_empty(container.labels, label::run_id));
}

Error ambiguous(const std::string& word, const std::vector<const RunView*>& candidates) {
  Error error(ErrorKind::usage, "several runs match \"" + escape_for_terminal(word) + "\"");
  for (const auto* run : candidates) {
    error.hint(run->row.id.value + " " + escape_for_terminal(run->row.name) + " (" + run->status + ")");
  }
  return error;
}

/// The one among the candidates; several with a container are several.
std::optional<RunView> only_one(const std::string& word, std::vector<const RunView*> candidates) {
  const auto has_container = [](const RunView* run) { return run->container.has_value(); };
  if (std::ranges::count_if(candidates, has_container) == 1) {
    return **std::ranges::find_if(candidates, has_container);
  }
  if (candidates.empty()) return std::nullopt;
  if (candidates.size() > 1) throw ambiguous(word, candidates);
  return *candidates.front();
}

/// True when nothing is left of the container after its own cai had time to remove it.
bool owner_removed_it(App& app, const RunView& run) {
  if (owner_of(run.row) != Liveness::alive) return false;
  const auto deadline = Deadline::in(owner_patience);
  while (app.engine().inspect_container(run.container->id.value)) {
    if (deadline.expired()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

void remove_container(App& app, const RunView& run) {
  const BoundedCalls bounded(app.engine(), {.until = Deadline::in(removal_limit), .interrupted = {}});
  const auto problem = remove_run_container(app.engine(), run.container->id, Deadline::in(removal_limit));
  if (problem.empty()) return;
  throw Error(ErrorKind::failed, "the container of run " + run.row.id.value + " was not removed: " + problem);
}

}  // namespace

std::vector<RunView> view_runs(App& app, const std::vector<ObservedContainer>& containers) {
  std::map<std::string, const ObservedContainer*> by_run;
  for (const auto& container : containers) {
    if (is_own_run(app, container)) by_run[label_or_empty(container.labels, label::run_id)] = &container;
  }
  std::vector<RunView> runs;
  const auto add = [&](RunRow row) {
    RunView view{.row = std::move(row), .container = {}, .status = {}};
    if (const auto found = by_run.find(view.row.id.value); found != by_run.end()) {
      view.container = *found->second;
      by_run.erase(found);
    }
    view.status = status_of(view);
    runs.push_back(std::move(view));
  };
  for (auto& row : app.store(Store::Mode::read_only).runs()) add(std::move(row));
  const auto unrecorded = by_run;
  for (const auto& [id, container] : unrecorded) add(row_of(*container));
  std::ranges::stable_sort(runs, std::greater<>(), [](const RunView& run) { return run.row.created_at; });
  return runs;
}

std::vector<RunView> survey_runs(App& app) {
  return view_runs(
      app, app.engine().list_containers({.labels = {{label::managed, "true"},
                                                    {label::kind, "run"},
                                                    {label::instance, app.instance_for_reading().value}},
                                         .states = {}}));
}

std::optional<RunView> find_run(const std::vector<RunView>& runs, const std::string& word) {
  std::vector<const RunView*> named;
  std::vector<const RunView*> begun;
  for (const auto& run : runs) {
    if (run.row.id.value == word) return run;
    if (run.row.name == word) named.push_back(&run);
    if (!word.empty() && run.row.id.value.starts_with(word)) begun.push_back(&run);
  }
  if (!named.empty()) return only_one(word, named);
  if (begun.size() > 1) throw ambiguous(word, begun);
  return only_one(word, begun);
}

void stop_run(App& app, const RunView& run) {
  if (!run.container) {
    app.console().notice("run " + run.row.id.value + " has ended already");
    return;
  }
  if (run.container->state == ContainerState::paused) app.engine().unpause_container(run.container->id);
  app.engine().stop_container(run.container->id, stop_grace_seconds);
  if (run.row.keep || owner_removed_it(app, run)) return;
  remove_container(app, run);
}

void destroy_run(App& app, const RunView& run) {
  if (run.container) {
    app.engine().stop_container(run.container->id, stop_grace_seconds);
    if (run.row.keep || !owner_removed_it(app, run)) remove_container(app, run);
  }
  app.store(Store::Mode::read_write).forget_run(run.row.id);
  remove_run_output(app.paths(), run.row.id);
}

std::vector<RunView> runs_to_list(std::vector<RunView> runs) {
  std::size_t ended = 0;
  std::erase_if(runs, [&](const RunView& run) { return !run.container && ++ended > ended_runs_listed; });
  return runs;
}

}  // namespace cai
