#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cai/engine/engine.hpp"
#include "cai/model/run.hpp"
#include "cli/app.hpp"

namespace cai {

/// A run as list, logs, stop and destroy see it: the record, and the container if there still is one. A lost
/// record is made up from the labels.
struct RunView {
  RunRow row;
  std::optional<ObservedContainer> container;
  std::string status;  ///< of the container, else of the record: exited, failed, lost, starting
};

/// Every run, newest first: of the store, and of our labels among `containers` (all of this installation's).
std::vector<RunView> view_runs(App& app, const std::vector<ObservedContainer>& containers);
/// The same, asking the engine.
std::vector<RunView> survey_runs(App& app);

/// The run that `word` means: its id, its name, or the beginning of exactly one id. A name that several runs
/// had means the one that has a container. nullopt: none. Throws Error(usage) with the candidates.
std::optional<RunView> find_run(const std::vector<RunView>& runs, const std::string& word);

/// Stops a run; its own cai, or else we, remove the container, unless it is kept.
void stop_run(App& app, const RunView& run);
/// Stops and removes the container, kept or not, and forgets the record and the output.
void destroy_run(App& app, const RunView& run);

/// Runs with a container, and the newest of the others.
std::vector<RunView> runs_to_list(std::vector<RunView> runs);

}  // namespace cai
