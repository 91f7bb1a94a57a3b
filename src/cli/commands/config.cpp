#include "cai/base/text.hpp"
#include "cli/commands/commands.hpp"
#include "cli/settings_here.hpp"
#include "cli/settings_views.hpp"
#include "cli/table.hpp"

namespace cai {
namespace {

Settings asked_for(App& app) {
  return app.invocation().flag("global") ? app.user_settings() : settings_here(app);
}

}  // namespace

int config_get_command(App& app) {
  const auto& key = known_key(app.invocation().positional(0).value_or(""));
  const auto settings = asked_for(app);
  const auto& value = settings.get(key.name);
  app.console().data((app.invocation().flag("json") ? dump_json(setting_json(value), 2) : value.text) + "\n");
  return 0;
}

int config_list_command(App& app) {
  const auto settings = asked_for(app);
  if (app.invocation().flag("json")) {
    app.console().data(dump_json(settings_json(settings), 2) + "\n");
    return 0;
  }
  Table table({"KEY", "VALUE", "SOURCE"});
  for (const auto& row : setting_keys()) {
    const auto& value = settings.get(row.name);
    const auto origin = value.origin.empty() ? "" : " (" + escape_for_terminal(value.origin) + ")";
    table.add_row({std::string(row.name), escape_for_terminal(value.text),
                   std::string(to_string(value.source)) + origin});
  }
  app.console().data(table.render());
  return 0;
}

}  // namespace cai
