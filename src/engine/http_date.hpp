#pragma once

#include <optional>
#include <string>

#include "cai/base/time.hpp"

namespace cai {

/// The header Date as HTTP wants it: "Sun, 06 Nov 1994 08:49:37 GMT". nullopt: anything else.
std::optional<Timestamp> parse_http_date(const std::string& text);

}  // namespace cai
