#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/subject.hpp"
#include "cli/survey.hpp"
#include "cli/views.hpp"

namespace cai {

int status_command(App& app) {
  const auto name = app.invocation().option("container");
  const auto row = find_row_or_labels(app, name);
  if (!row) throw no_workspace(app, name);
  const auto view = survey_one(app, *row);
  const auto now = app.clock().now();
  const auto live = view.details ? read_live_figures(app.engine(), *view.details, now) : LiveFigures{};
  const auto engine = fmt::format("{} ({})", app.endpoint().url(), app.endpoint().reason);
  app.console().data(app.invocation().flag("json") ? dump_json(status_json(view, live, engine), 2) + "\n"
                                                   : status_text(view, live, engine, now));
  return 0;
}

int list_command(App& app) {
  const auto views = survey_all(app);
  if (app.invocation().flag("json")) {
    app.console().data(dump_json(list_json(views), 2) + "\n");
  } else if (views.empty()) {
    app.console().notice("no workspaces yet; `cai` in a repository makes one");
  } else {
    app.console().data(list_text(views, app.clock().now()));
  }
  return 0;
}

}  // namespace cai
