#include "cli/settings_here.hpp"

#include "cli/subject.hpp"

namespace cai {

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
  if (row->choices.template_name) set("template.default", *row->choices.template_name);
  if (row->choices.memory_bytes) set("container.memory", std::to_string(*row->choices.memory_bytes));
  if (row->choices.nano_cpus)
    set("container.cpus", std::to_string(static_cast<double>(*row->choices.nano_cpus) / 1e9));
  if (row->choices.profile) set("container.profile", std::string(to_string(*row->choices.profile)));
  // These two are for new workspaces; one that exists has its own.
  settings.set_in_use("data_volume", row->volume, row->name);
  settings.set_in_use("keep", row->keep ? "true" : "false", row->name);
  return settings;
}

}  // namespace cai
