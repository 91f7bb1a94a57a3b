#include "cai/converge/rows.hpp"
#include "cli/bring_up.hpp"
#include "cli/commands/commands.hpp"
#include "cli/subject.hpp"
#include "cli/survey.hpp"
#include "cli/views.hpp"

namespace cai {
namespace {

/// The workspaces that plan and apply mean.
std::vector<WorkspaceRow> chosen_rows(App& app) {
  if (!app.invocation().flag("all")) {
    const auto name = app.invocation().option("container");
    const auto row = find_row_or_labels(app, name);
    if (!row) throw no_workspace(app, name);
    return {*row};
  }
  std::vector<WorkspaceRow> rows;
  for (auto& view : survey_all(app)) {
    if (view.status != "elsewhere") rows.push_back(std::move(view.row));
  }
  return rows;
}

WorkspaceOptions options_of_row(App& app, const WorkspaceRow& row) {
  // What is not wanted to run needs no template, and must not fail because of one.
  if (row.wanted != Wanted::running) return {};
  return resolve_options(app, make_subject(app, row), row.choices);
}

/// A workspace that does not exist yet has a plan too: its creation.
bool plans_a_new_workspace(App& app) {
  return !app.invocation().flag("all") && !app.invocation().option("container") &&
         !find_row_or_labels(app, std::nullopt);
}

}  // namespace

int plan_command(App& app) {
  app.store(Store::Mode::read_only);
  if (plans_a_new_workspace(app)) {
    if (app.invocation().flag("json")) throw no_workspace(app, std::nullopt);
    app.console().data(dry_run(app, {}));
    return 0;
  }
  ConsoleEvents events(app.console());
  Workshop shop{.engine = app.engine(),
                .store = app.store(Store::Mode::read_only),
                .files = app.files(),
                .paths = app.paths(),
                .instance = app.instance_for_reading(),
                .events = events,
                .ports = app.port_range()};
  const Reconciler reconciler(shop);
  Json all = Json::array();
  std::string text;
  for (const auto& row : chosen_rows(app)) {
    const auto options = options_of_row(app, row);
    const auto desired = make_desired(shop.instance, row, options, app.files());
    const auto plan = reconciler.plan(row, options);
    all.push_back(plan_json(desired, plan));
    if (app.invocation().flag("all")) text += row.name + ":\n";
    text += to_text(plan, desired);
  }
  if (!app.invocation().flag("json")) {
    app.console().data(text);
  } else {
    app.console().data(dump_json(app.invocation().flag("all") ? all : all.at(0), 2) + "\n");
  }
  return 0;
}

int apply_command(App& app) {
  app.store(Store::Mode::read_write);
  ConsoleEvents events(app.console());
  auto shop = make_workshop(app, events);
  const auto engine = app.ask_engine_id();
  adopt_unknown_rows(shop, engine);
  int failures = 0;
  for (const auto& chosen : chosen_rows(app)) {
    try {
      const auto turn = take_turn(app, chosen.key);
      auto row = shop.store.find(chosen.id);
      if (!row) continue;  // forgotten meanwhile
      const auto plan = Reconciler(shop).converge(*row, options_of_row(app, *row));
      if (!plan.behind.empty())
        app.console().notice(row->name + " is behind; `cai --fresh` applies the changes");
    } catch (const Error& error) {
      if (!app.invocation().flag("all")) throw;
      app.console().render_error(error);
      ++failures;
    }
  }
  return failures == 0 ? 0 : 1;
}

}  // namespace cai
