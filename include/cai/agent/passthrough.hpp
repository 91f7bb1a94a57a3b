#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cai/base/environment.hpp"
#include "cai/json/json.hpp"

namespace cai {

using Variables = std::map<std::string, std::string>;

/// A name that a shell can export.
bool is_variable_name(std::string_view name);

/// `mode` of passed_variables from the words of an option: "auto", "all", "none", or names separated by
/// commas. Throws Error(usage) for what is none of these; the message does not repeat it.
Json passthrough_mode(std::string_view words);

/// What env_passthrough takes from the host; `mode` is "auto" (the names that `patterns` match), "all" (but
/// what describes the host itself), "none" or a list of names.
Variables passed_variables(const Environment& environment, const Json& mode,
                           const std::vector<std::string>& patterns);

}  // namespace cai
