#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace cai {

/// The JSON value of the whole program: keys keep the order in which they were written, which is what a
/// person reading
/// `--json` wants. This header is the only door to the library.
using Json = nlohmann::ordered_json;

/// Parses untrusted text; a discarded value (`is_discarded()`) when it is not JSON. Never throws. Nesting
/// deeper than 64 levels counts as not JSON, so that hostile answers cannot exhaust the stack.
Json parse_json(std::string_view text);

/// Serialises with bytes that are not UTF-8 replaced by U+FFFD, and control characters of every kind (DEL, C1
/// and bidirectional ones too) as escapes: it may go to a terminal. `indent` < 0 gives one line.
std::string dump_json(const Json& value, int indent = -1);

}  // namespace cai
