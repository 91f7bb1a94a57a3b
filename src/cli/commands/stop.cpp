#include <fmt/format.h>

#include "cai/base/text.hpp"
#include "cai/converge/rows.hpp"
#include "cli/bring_up.hpp"
#include "cli/commands/commands.hpp"
#include "cli/export_job.hpp"
#include "cli/home_records.hpp"
#include "cli/runs.hpp"
#include "cli/sessions_question.hpp"
#include "cli/subject.hpp"

namespace cai {
namespace {

constexpr int grace_seconds = 10;

/// In the workspace's turn.
void bring_down(App& app, Workshop& shop, WorkspaceRow row, Wanted wanted) {
  require_no_sessions(app, row, "Stop anyway?", row.name + " was not stopped");
  if (app.invocation().flag("export")) {
    const auto path = export_workspace(app, shop, row, app.invocation().option("output"));
    if (!path.empty()) app.console().data(path + "\n");
  }
  if (row.wanted != wanted) {
    shop.store.set_wanted(row.id, wanted);
    row.wanted = wanted;
  }
  Reconciler(shop).converge(row, {});
  app.console().step(row.name +
                     (wanted == Wanted::absent ? " is removed; its volume is kept" : " is stopped"));
}

void stop_workspace(App& app, Workshop& shop, const WorkspaceId& id, Wanted wanted) {
  const auto known = shop.store.find(id);
  if (!known) return;
  const auto turn = take_turn(app, known->key);
  if (const auto row = shop.store.find(id)) bring_down(app, shop, *row, wanted);
}

/// Refused, or said no to.
void require_removable_volume(App& app, const WorkspaceRow& row) {
  if (row.volume_id.empty()) {
    throw Error(ErrorKind::refused, "the volume " + row.volume + " was not made by cai; it is not removed")
        .hint("`cai destroy " + row.name + "` without --volumes removes the rest");
  }
  if (!app.console().question("Remove " + row.name + " and all data in its volume " + row.volume +
                              " for good?")) {
    throw Error(ErrorKind::refused, "nothing was removed").hint("`--force` removes without asking");
  }
}

/// `seen`: before our turn, in which nobody brings the workspace another volume or a new container.
void destroy_workspace(App& app, Workshop& shop, const WorkspaceRow& seen) {
  const bool volumes = app.invocation().flag("volumes");
  if (volumes) require_removable_volume(app, seen);
  const auto turn = take_turn(app, seen.key);
  const auto row = shop.store.find(seen.id);
  if (!row) {
    app.console().notice("another cai has removed " + seen.name + " meanwhile");
    if (volumes) app.console().notice("the volume " + seen.volume + " was left alone");
    return;
  }
  if (volumes && row->volume != seen.volume) {
    throw Error(ErrorKind::refused, row->name + " got another data volume meanwhile, " + row->volume +
                                        " instead of " + seen.volume + "; nothing was removed")
        .hint("run the command again if that one shall go too");
  }
  bring_down(app, shop, *row, Wanted::absent);
  if (volumes && shop.engine.remove_volume(row->volume) == Outcome::conflict) {
    throw Error(ErrorKind::failed,
                "the volume " + row->volume + " is in use by another container; it was not removed");
  }
  shop.files.remove_keys(row->id);
  HomeRecords(app.paths()).forget(row->id);
  shop.store.forget(row->id);
}

/// Managed containers without an owner, made by hand or by other ContainAI tools, may be stopped and removed
/// too.
int stop_unowned(App& app, const std::string& name, Wanted wanted) {
  const auto details = app.engine().inspect_container(name);
  if (!details) throw no_workspace(app, name);
  const auto& labels = details->container.labels;
  const bool unowned = label_or_empty(labels, label::managed) == "true" && !labels.contains(label::instance);
  if (!unowned) {
    throw Error(ErrorKind::not_ours,
                "container " + escape_for_terminal(name) + " does not belong to this cai; it was not touched")
        .hint("use the container engine's own client for it");
  }
  const auto& id = details->container.id;
  const auto stopped = app.engine().stop_container(id, grace_seconds);
  const auto removed = wanted == Wanted::absent ? app.engine().remove_container(id) : Outcome::done;
  if (stopped == Outcome::conflict || removed == Outcome::conflict) {
    throw Error(ErrorKind::failed, "the engine refused to stop " + escape_for_terminal(name))
        .hint("try again");
  }
  return 0;
}

/// Several archives of one name would replace each other.
void require_directory_for_all(App& app) {
  const auto output = app.invocation().option("output");
  std::error_code ignored;
  if (!output || std::filesystem::is_directory(app.environment().working_directory / *output, ignored))
    return;
  throw Error(ErrorKind::usage, "with --all, --output takes a directory that exists");
}

WorkspaceRow row_to_stop(App& app, const std::optional<std::string>& name) {
  const auto row = find_row(app, name);
  if (!row) throw no_workspace(app, name);
  return *row;
}

int stop_all(App& app, Workshop& shop, const EngineId& engine, Wanted wanted) {
  int failures = 0;
  int count = 0;
  for (const auto& row : shop.store.workspaces()) {
    if (row.engine != engine) continue;
    ++count;
    try {
      stop_workspace(app, shop, row.id, wanted);
      app.console().data(row.name + (wanted == Wanted::absent ? ": removed\n" : ": stopped\n"));
    } catch (const Error& error) {
      app.console().data(row.name + ": failed\n");
      app.console().render_error(error);
      ++failures;
    }
  }
  if (count == 0) app.console().notice("no workspaces");
  return failures == 0 ? 0 : 1;
}

/// N, as a word or with --container; not both, and not with --all.
std::optional<std::string> name_to_stop(const Invocation& invocation) {
  const auto word = invocation.positional(0);
  const auto name = invocation.option("container");
  if (word && (name || invocation.flag("all"))) {
    throw Error(ErrorKind::usage, "name one thing to stop, or say --all");
  }
  return word ? word : name;
}

}  // namespace

int stop_command(App& app) {
  if (!app.invocation().flag("export")) {
    for (const char* option : {"output", "no-credentials"}) {
      if (!app.invocation().option(option) && !app.invocation().flag(option)) continue;
      throw Error(ErrorKind::usage, fmt::format("--{} is for --export", option));
    }
  }
  const auto wanted = app.invocation().flag("remove") ? Wanted::absent : Wanted::stopped;
  const auto name = name_to_stop(app.invocation());
  app.store(Store::Mode::read_write);
  const auto engine = app.ask_engine_id();
  ConsoleEvents events(app.console());
  auto shop = make_workshop(app, events);
  adopt_unknown_rows(shop, engine);
  if (app.invocation().flag("all")) require_directory_for_all(app);
  if (app.invocation().flag("all")) return stop_all(app, shop, engine, wanted);
  if (name && !shop.store.find_by_name(*name)) {
    const auto run = find_run(survey_runs(app), *name);
    if (!run) return stop_unowned(app, *name, wanted);
    stop_run(app, *run);
    return 0;
  }
  stop_workspace(app, shop, row_to_stop(app, name).id, wanted);
  return 0;
}

int destroy_command(App& app) {
  const auto name = app.invocation().positional(0).value_or("");
  app.store(Store::Mode::read_write);
  const auto engine = app.ask_engine_id();
  ConsoleEvents events(app.console());
  auto shop = make_workshop(app, events);
  adopt_unknown_rows(shop, engine);
  const auto row = shop.store.find_by_name(name);
  if (!row) {
    const auto run = find_run(survey_runs(app), name);
    if (!run) return stop_unowned(app, name, Wanted::absent);
    destroy_run(app, *run);
    return 0;
  }

  destroy_workspace(app, shop, *row);
  return 0;
}

}  // namespace cai
