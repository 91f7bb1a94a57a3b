#pragma once

#include <string>
#include <vector>

#include "cai/json/json.hpp"

namespace cai {

/// What in `value` breaks `schema`, one sentence each. Knows the words of JSON Schema that ours use: type,
/// enum, required, properties, additionalProperties: false, items. Any other word that could restrict is
/// itself a problem.
std::vector<std::string> schema_problems(const Json& schema, const Json& value,
                                         const std::string& where = "$");

}  // namespace cai
