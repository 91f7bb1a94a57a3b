#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cai/config/settings.hpp"

namespace cai {

/// A text judged for a key: canonical, or what is wrong with it as the end of a sentence about the key.
struct Checked {
  std::string text;
  std::string problem;  ///< empty: none
};

/// Empty text means "not set" and is right exactly for keys that have no built-in value.
Checked check_value(const SettingKey& key, std::string_view text);

/// Why the repository's file may not set the key, or not to this canonical text.
std::optional<std::string> repository_objection(const SettingKey& key, std::string_view text);

/// A finite number written as a decimal.
std::optional<double> parse_number(std::string_view text);

}  // namespace cai
