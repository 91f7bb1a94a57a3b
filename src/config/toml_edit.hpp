#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cai/config/settings.hpp"

namespace cai {

/// A canonical text as TOML. Empty when the key's type has no way to write it, as for a number that is not
/// set.
std::string toml_literal(const SettingKey& key, std::string_view text);

/// `content` with `key = literal`: a value that is there is replaced, else a line is added where its like
/// stands. Not one other byte changes. nullopt when no place takes it, as in `container = {}`. The content
/// must be TOML.
std::optional<std::string> set_in_toml(std::string_view content, const SettingKey& key,
                                       std::string_view literal);

/// `content` without the key's line, or its part of an inline table; what set_in_toml added is gone again.
/// nullopt when the key is not there.
std::optional<std::string> unset_in_toml(std::string_view content, const SettingKey& key);

}  // namespace cai
