#include "cli/bring_up.hpp"
#include "cli/commands/commands.hpp"
#include "cli/inside.hpp"

namespace cai {
namespace {

/// CMD, else the agent that configuration names, else a login shell.
InsideCommand what_to_run(App& app, const Ready& ready) {
  InsideCommand command;
  command.directory = inside_directory(app, ready.row);
  command.argv = app.invocation().inner_command;
  if (app.invocation().command == "shell" || app.invocation().has_inner_command) return command;
  if (const auto agent = app.user_settings().optional_text("agent.default")) {
    command.argv = {"/bin/bash", "-lc", *agent};
  }
  return command;
}

}  // namespace

int attach_command(App& app) {
  const auto request = bring_up_request(app.invocation());
  if (app.invocation().flag("dry-run")) {
    app.console().data(dry_run(app, request));
    return 0;
  }
  auto ready = bring_up(app, request);
  notice_sibling(app, ready.row);
  if (app.invocation().flag("detach")) {
    app.console().data(ready.row.name + "\n");
    return 0;
  }
  const auto command = what_to_run(app, ready);
  // Should it have to be brought up again, what was asked for once (--fresh, ...) is done already.
  BringUpRequest again;
  again.container = request.container;
  return go_inside(app, again, std::move(ready), command);
}

}  // namespace cai
