#include "cai/json/json.hpp"

#include <fmt/format.h>

#include "cai/base/text.hpp"

namespace cai {

namespace {

/// Looks only at brackets outside strings; whether they match is the parser's business.
bool nests_too_deeply(std::string_view text) {
  static constexpr int deepest = 64;
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > deepest) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

/// The code point of a well-formed sequence.
unsigned decode(std::string_view sequence) {
  unsigned value = static_cast<unsigned char>(sequence.front());
  if (sequence.size() > 1) value &= 0x7FU >> sequence.size();
  for (const char byte : sequence.substr(1))
    value = (value << 6U) | (static_cast<unsigned char>(byte) & 0x3FU);
  return value;
}

/// DEL, C1 and bidirectional controls as \uXXXX: the same value to every reader, and nothing that a terminal
/// obeys. They stand in strings only, because the rest of JSON is ASCII. Which they are, escape_for_terminal
/// says; only sequences that begin with these bytes can be any.
std::string escape_hidden_controls(std::string text) {
  static constexpr std::string_view suspects = "\x7f\xc2\xd8\xe2";
  auto at = text.find_first_of(suspects);
  if (at == std::string::npos) return text;
  std::string safe;
  std::size_t copied = 0;
  for (; at != std::string::npos; at = text.find_first_of(suspects, at + 1)) {
    const std::size_t length = text[at] == '\x7f' ? 1 : text[at] == '\xe2' ? 3 : 2;
    const auto sequence = std::string_view(text).substr(at, length);
    if (escape_for_terminal(sequence) == sequence) continue;
    safe += std::string_view(text).substr(copied, at - copied);
    fmt::format_to(std::back_inserter(safe), "\\u{:04x}", decode(sequence));
    copied = at + length;
  }
  return safe + text.substr(copied);
}

}  // namespace

Json parse_json(std::string_view text) {
  // The parser would take a NUL for the end and never look at what follows.
  const bool has_nul = text.find('\0') != std::string_view::npos;
  if (has_nul || nests_too_deeply(text)) return Json(Json::value_t::discarded);
  return Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

std::string dump_json(const Json& value, int indent) {
  return escape_hidden_controls(
      value.dump(indent, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace));
}

}  // namespace cai
