#include <fmt/format.h>

#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "cai/config/edit.hpp"
#include "cli/commands/commands.hpp"
#include "cli/settings_here.hpp"
#include "cli/settings_views.hpp"
#include "cli/subject.hpp"

namespace cai {
namespace {

using Change = std::function<std::string(const SettingsText&)>;

/// The repository's file when that is the one that decides on the key here; a change of the user's own would
/// have no effect.
std::optional<ApprovedFile> deciding_repository_file(App& app, const SettingKey& key) {
  const auto& here = app.environment().working_directory;
  if (app.invocation().flag("global") || !key.repository_may_set || here.empty()) return std::nullopt;
  auto approved = find_approved_file(app, here);
  const bool decides = approved && value_in({approved->file.path, approved->file.content, true}, key);
  return decides ? std::move(approved) : std::nullopt;
}

ChangedSetting change_file(App& app, const SettingKey& key, const Change& change) {
  if (const auto approved = deciding_repository_file(app, key)) {
    const auto& former = approved->file;
    const auto content = change({former.path, former.content, true});
    if (content != former.content) replace_approved_file(app, *approved, content);
    return {former.path, Source::repository_file, content != former.content,
            value_in({former.path, content, true}, key)};
  }
  ChangedSetting changed;
  changed.file = app.user_settings_file();
  ensure_directory(app.paths().config);
  ensure_directory(app.paths().locks());
  const auto change_and_look = [&](const std::string& content) {
    auto result = change({changed.file, content, false});
    changed.value = value_in({changed.file, result, false}, key);
    return result;
  };
  changed.something = change_user_file(changed.file, app.paths().locks() / "config.lock", change_and_look);
  app.forget_user_settings();
  return changed;
}

/// The value that counts here now; nullopt where that cannot be known, which is no reason to fail after the
/// file was changed.
std::optional<SettingValue> value_here(App& app, const SettingKey& key) {
  try {
    return settings_here(app).get(key.name);
  } catch (const Error&) {
    return std::nullopt;
  }
}

void tell_if_overruled(App& app, const SettingKey& key, const ChangedSetting& changed) {
  const auto value = value_here(app, key);
  if (!value || value->source <= changed.source) return;
  const auto who = std::string(to_string(value->source)) + " " + escape_for_terminal(value->origin);
  app.console().notice(fmt::format("here {} is still {}, which comes from the {}", key.name,
                                   value->text.empty() ? "empty" : escape_for_terminal(value->text), who));
}

int finish(App& app, const SettingKey& key, const ChangedSetting& changed) {
  const auto file = escape_for_terminal(changed.file.native());
  const auto& value = changed.value;
  if (app.invocation().flag("json")) {
    app.console().data(dump_json(changed_setting_json(key, changed), 2) + "\n");
  }
  const auto state = value ? fmt::format("{} = {}", key.name, escape_for_terminal(*value))
                           : fmt::format("{} is not set", key.name);
  app.console().notice(fmt::format("{} in {}{}", state, file, changed.something ? "" : " already"));
  tell_if_overruled(app, key, changed);
  return 0;
}

const SettingKey& key_argument(App& app) {
  return known_key(app.invocation().positional(0).value_or(""));
}

}  // namespace

int config_set_command(App& app) {
  const auto& key = key_argument(app);
  const auto value = app.invocation().positional(1).value_or("");
  return finish(app, key, change_file(app, key, [&](const SettingsText& text) {
                  return with_setting(text, key, value);
                }));
}

int config_unset_command(App& app) {
  const auto& key = key_argument(app);
  return finish(app, key,
                change_file(app, key, [&](const SettingsText& text) { return without_setting(text, key); }));
}

}  // namespace cai
