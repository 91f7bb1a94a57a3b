#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/overview.hpp"
#include "cli/subject.hpp"
#include "cli/survey.hpp"
#include "cli/views.hpp"

namespace cai {

namespace {

void show_overview(App& app) {
  const auto overview = take_overview(app, app.invocation().flag("no-disk"));
  app.console().data(app.invocation().flag("json") ? dump_json(overview_json(overview), 2) + "\n"
                                                   : overview_text(overview));
}

void show_one(App& app) {
  const auto name = app.invocation().option("container");
  const auto row = find_row_or_labels(app, name);
  if (!row) throw no_workspace(app, name);
  const auto view = survey_one(app, *row);
  const auto now = app.time_of_engine();
  const auto live = view.details ? read_live_figures(app.engine(), *view.details, now) : LiveFigures{};
  const auto engine = fmt::format("{} ({})", app.endpoint().url(), app.endpoint().reason);
  app.console().data(app.invocation().flag("json") ? dump_json(status_json(view, live, engine), 2) + "\n"
                                                   : status_text(view, live, engine, now));
}

void show(App& app) {
  app.invocation().flag("all") ? show_overview(app) : show_one(app);
}

/// Until somebody interrupts it. The engine tells when something happened, so nothing is asked meanwhile.
[[noreturn]] void watch(App& app) {
  constexpr const char* clear_screen = "\x1b[H\x1b[2J";
  const auto redraw = [&] {
    if (app.console().output_is_terminal()) app.console().data(clear_screen);
    show(app);
    if (app.console().output_closed()) throw Error(ErrorKind::failed, "nobody reads the output any more");
  };
  redraw();
  const auto events = app.connect()();
  events->follow_events({{label::managed, "true"}}, redraw);
  throw Error(ErrorKind::engine_unreachable, "the engine ended the stream of its events")
      .hint("was it restarted? run the command again");
}

}  // namespace

int status_command(App& app) {
  if (app.invocation().flag("watch")) watch(app);
  show(app);
  return 0;
}

int list_command(App& app) {
  auto inventory = survey_everything(app);
  const auto runs = runs_to_list(std::move(inventory.runs));
  if (app.invocation().flag("json")) {
    app.console().data(dump_json(list_json(inventory.workspaces, runs), 2) + "\n");
    return 0;
  }
  if (inventory.workspaces.empty() && runs.empty()) {
    app.console().notice("no workspaces yet; `cai` in a repository makes one");
    return 0;
  }
  std::string text;
  if (!inventory.workspaces.empty()) text = list_text(inventory.workspaces, app.time_of_engine());
  if (!text.empty() && !runs.empty()) text += '\n';
  if (!runs.empty()) text += runs_text(runs, app.time_of_engine());
  app.console().data(text);
  return 0;
}

}  // namespace cai
