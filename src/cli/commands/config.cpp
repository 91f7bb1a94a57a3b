#include "cai/base/text.hpp"
#include "cai/json/json.hpp"
#include "cli/commands/commands.hpp"
#include "cli/subject.hpp"
#include "cli/table.hpp"

namespace cai {
namespace {

/// The settings that count where the user is. A workspace's own volume stands over what configuration would
/// give a new one, so that `get data_volume` is the volume in use.
Settings settings_here(App& app) {
  const auto& here = app.environment().working_directory;
  if (here.empty()) return app.user_settings();
  const auto subject = make_subject(app, here, Approval::ignore_unapproved);
  Settings settings = subject.settings;
  const auto row = find_row(app, std::nullopt);
  if (!row) return settings;
  const auto set = [&](const char* key, const std::string& text) {
    settings.set(key, text, Source::workspace, row->name);
  };
  set("data_volume", row->volume);
  if (row->choices.template_name) set("template.default", *row->choices.template_name);
  if (row->choices.memory_bytes) set("container.memory", std::to_string(*row->choices.memory_bytes));
  if (row->choices.nano_cpus)
    set("container.cpus", std::to_string(static_cast<double>(*row->choices.nano_cpus) / 1e9));
  if (row->choices.profile) set("container.profile", std::string(to_string(*row->choices.profile)));
  if (row->keep) set("keep", "true");
  return settings;
}

Json value_json(const SettingValue& value) {
  return {{"value", value.text}, {"source", std::string(to_string(value.source))}, {"origin", value.origin}};
}

void require_known(const std::string& key) {
  std::vector<std::string> known;
  for (const auto& row : setting_keys()) known.emplace_back(row.name);
  if (std::ranges::find(known, key) != known.end()) return;
  Error error(ErrorKind::usage, "there is no setting \"" + escape_for_terminal(key) + "\"");
  if (const auto near = did_you_mean(key, known)) error.hint("did you mean " + *near + "?");
  throw std::move(error.hint("`cai config list` shows them all"));
}

}  // namespace

int config_get_command(App& app) {
  const auto key = app.invocation().positional(0).value_or("");
  require_known(key);
  const auto settings = settings_here(app);
  const auto& value = settings.get(key);
  app.console().data((app.invocation().flag("json") ? dump_json(value_json(value), 2) : value.text) + "\n");
  return 0;
}

int config_list_command(App& app) {
  const auto settings = settings_here(app);
  if (app.invocation().flag("json")) {
    Json json = Json::object();
    for (const auto& row : setting_keys()) json[std::string(row.name)] = value_json(settings.get(row.name));
    app.console().data(dump_json(json, 2) + "\n");
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
