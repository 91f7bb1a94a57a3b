#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cai/json/json.hpp"
#include "cai/model/labels.hpp"

namespace cai {

// Reading JSON that an engine sent: what is missing or of another type is simply not there. Every function
// accepts nullptr, so that look-ups can be nested.

const Json* field(const Json* object, const char* name);
/// As `field`, but only when it is a JSON object, or array.
const Json* object_field(const Json* object, const char* name);
const Json* array_field(const Json* object, const char* name);
std::string text_field(const Json* object, const char* name);
/// Unsigned values above the range become its maximum ("no limit" is written as 2^64-1 by some kernels).
std::int64_t integer_field(const Json* object, const char* name, std::int64_t otherwise = 0);
bool flag_field(const Json* object, const char* name);
Labels labels_field(const Json* object, const char* name);

/// Throws Error(engine_unreachable) when `body` is not JSON of this kind; `what` names the answer.
Json parse_object(std::string_view body, std::string_view what);
Json parse_array(std::string_view body, std::string_view what);

}  // namespace cai
