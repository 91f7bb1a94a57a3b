#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cai/config/settings.hpp"
#include "cai/json/json.hpp"

namespace cai {

/// What `cai config set` or `unset` did to a file.
struct ChangedSetting {
  std::filesystem::path file;
  Source source = Source::user_file;  ///< whose file it is
  bool something = false;             ///< false: it was so already
  std::optional<std::string> value;   ///< of the key in that file now
};

Json setting_json(const SettingValue& value);
Json settings_json(const Settings& settings);
Json changed_setting_json(const SettingKey& key, const ChangedSetting& changed);

}  // namespace cai
