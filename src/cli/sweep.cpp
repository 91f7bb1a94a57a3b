#include "cli/sweep.hpp"

#include <algorithm>

#include "cai/converge/rows.hpp"
#include "cai/run/run.hpp"
#include "cai/run/sweep.hpp"
#include "cli/temporary_files.hpp"
#include "cli/volume_filling.hpp"

namespace cai {
namespace {

constexpr std::chrono::seconds sweep_limit(2);

/// Their records would otherwise wait for an end that nobody is left to write.
void record_as_lost(App& app, const std::vector<RunId>& reaped) {
  if (reaped.empty()) return;
  auto& store = app.store(Store::Mode::read_write);
  for (auto& row : store.runs()) {
    if (std::ranges::find(reaped, row.id) == reaped.end() || !row.finished_at.empty()) continue;
    row.state = RunState::lost;
    row.finished_at = format_rfc3339(app.clock().now());
    store.update_run(row);
  }
}

}  // namespace

void sweep_orphans(App& app, SweepReport report) {
  try {
    const auto instance = find_instance(app.paths());
    if (!instance) return;  // nothing was made yet
    app.store(Store::Mode::read_write);
    const auto deadline = Deadline::in(sweep_limit);
    const BoundedCalls bounded(app.engine(), {.until = deadline, .interrupted = {}});
    const auto self = this_process_identity();
    remove_dead_environment_files(app.paths(), self);
    std::error_code ignored;  // a file that cannot be removed is for `cai doctor`
    for (const auto& file : dead_temporary_files(app.paths(), app.clock().now()))
      std::filesystem::remove(file, ignored);
    if (has_killed_transfers(app.paths())) {
      clear_killed_transfers(app, app.engine(), *instance, app.store(Store::Mode::read_write));
    }
    auto reaped = reap_orphans(app.engine(), *instance, self, deadline);
    reaped.network_count = reap_networks(app.engine(), *instance, self, deadline);
    if (reaped.empty()) return;
    if (report == SweepReport::told) app.console().notice(to_text(reaped));
    record_as_lost(app, reaped.runs);
  } catch (const std::exception&) {
    return;  // a store or an engine that cannot be had: the command itself says so
  }
}

}  // namespace cai
