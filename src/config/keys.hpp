#pragma once

#include <string>
#include <string_view>

#include "cai/config/settings.hpp"

namespace cai {

/// The key of that name, or of which `name` is an alias; nullptr when there is none.
const SettingKey* find_key(std::string_view name);

/// True for "container", which holds keys; aliases are no tables.
bool is_key_table(std::string_view name);

/// What to say about a key that does not exist, with did-you-mean.
std::string unknown_key_problem(std::string_view name);

/// Text from a file for a message: quoted, safe for a terminal, not endless.
std::string excerpt(std::string_view text);

}  // namespace cai
