#include "cli/help.hpp"

#include "cai/json/json.hpp"
#include "cli/commands/commands.hpp"

namespace cai {

int version_command(App& app) {
  app.console().data(app.invocation().flag("json") ? dump_json(Json{{"version", CAI_VERSION}}, 2) + "\n"
                                                   : std::string("cai " CAI_VERSION "\n"));
  return 0;
}

int help_command(App& app) {
  app.console().data(help_text(app.invocation().positionals));
  return 0;
}

}  // namespace cai
