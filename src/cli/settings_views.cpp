#include "cli/settings_views.hpp"

namespace cai {

Json setting_json(const SettingValue& value) {
  return {{"value", value.text}, {"source", std::string(to_string(value.source))}, {"origin", value.origin}};
}

Json settings_json(const Settings& settings) {
  Json json = Json::object();
  for (const auto& key : setting_keys()) json[std::string(key.name)] = setting_json(settings.get(key.name));
  return json;
}

Json changed_setting_json(const SettingKey& key, const ChangedSetting& changed) {
  return {{"key", std::string(key.name)},
          {"value", changed.value ? Json(*changed.value) : Json()},
          {"file", changed.file.string()},
          {"changed", changed.something}};
}

}  // namespace cai
