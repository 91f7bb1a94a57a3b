#include "cai/converge/rows.hpp"
#include "cli/commands/commands.hpp"
#include "cli/export_job.hpp"
#include "cli/subject.hpp"

namespace cai {

int export_command(App& app) {
  const auto name = app.invocation().option("container");
  app.store(Store::Mode::read_write);
  const auto engine = app.ask_engine_id();
  ConsoleEvents events(app.console());
  auto shop = make_workshop(app, events);
  adopt_unknown_rows(shop, engine);
  const auto row = find_row(app, name);
  if (!row) throw no_workspace(app, name);
  ensure_directory(app.paths().locks());
  const auto path = export_workspace(app, shop, *row, app.invocation().option("output"));
  if (!path.empty()) app.console().data(path + "\n");
  return 0;
}

}  // namespace cai
