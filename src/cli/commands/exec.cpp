#include "cli/bring_up.hpp"
#include "cli/commands/commands.hpp"
#include "cli/inside.hpp"

namespace cai {

int exec_command(App& app) {
  BringUpRequest request;
  request.container = app.invocation().positional(0);
  if (!request.container) request.container = app.invocation().option("container");
  if (request.container && !app.store(Store::Mode::read_write).find_by_name(*request.container) &&
      !app.engine().inspect_container(*request.container)) {
    throw no_workspace(app, request.container);
  }
  auto ready = bring_up(app, request, Belief::store);
  InsideCommand command{.argv = app.invocation().inner_command,
                        .directory = inside_directory(app, ready.row)};
  if (const auto code = execute_inside(app, ready, command)) return *code;
  ready = bring_up(app, request, Belief::nothing);
  if (const auto code = execute_inside(app, ready, command)) return *code;
  throw Error(ErrorKind::start_failed, ready.row.name + " stopped before the command could run")
      .hint("`cai log` shows what was done; `cai` starts it again");
}

}  // namespace cai
