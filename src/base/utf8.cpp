#include <fmt/format.h>

#include <cstdint>
#include <cstring>

#include "cai/base/text.hpp"

namespace cai {

namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;  ///< bytes; 0: not well-formed here
};

/// Decodes the first code point of a text that is not empty.
CodePoint decode_first(std::string_view text) {
  const auto byte = [text](std::size_t i) -> char32_t { return static_cast<unsigned char>(text[i]); };
  const char32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  std::size_t length = 0;
  char32_t smallest = 0;  // what needs this many bytes; less would be an overlong form
  if ((lead & 0xE0U) == 0xC0) {
    length = 2, smallest = 0x80;
  } else if ((lead & 0xF0U) == 0xE0) {
    length = 3, smallest = 0x800;
  } else if ((lead & 0xF8U) == 0xF0) {
    length = 4, smallest = 0x10000;
  }
  if (length == 0 || text.size() < length) return {};
  char32_t value = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return {};
    value = (value << 6U) | (byte(i) & 0x3FU);
  }
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < smallest || value > 0x10FFFF || surrogate) return {};
  return {value, length};
}

bool is_ascii_control(char32_t c) {
  return c < 0x20 || c == 0x7F;
}

/// C1 controls start escape sequences as ESC does; bidirectional controls make a line read as another one.
bool is_hidden_control(char32_t c) {
  const bool c1 = c >= 0x80 && c <= 0x9F;
  const bool mark = c == 0x200E || c == 0x200F || c == 0x061C;
  const bool embedding = c >= 0x202A && c <= 0x202E;
  const bool isolate = c >= 0x2066 && c <= 0x2069;
  return c1 || mark || embedding || isolate;
}

/// Nearly all of what is checked is ASCII, and an answer of an engine can have a megabyte of it.
bool starts_with_eight_ascii(std::string_view text) {
  std::uint64_t eight = 0;
  if (text.size() < sizeof eight) return false;
  std::memcpy(&eight, text.data(), sizeof eight);
  return (eight & 0x8080808080808080U) == 0;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (starts_with_eight_ascii(text)) {
      text.remove_prefix(sizeof(std::uint64_t));
      continue;
    }
    const std::size_t length = decode_first(text).length;
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string escape_for_terminal(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = decode_first(text);
    const std::size_t length = point.length == 0 ? 1 : point.length;
    if (point.length == 0 || is_ascii_control(point.value)) {
      fmt::format_to(std::back_inserter(safe), "\\x{:02x}", static_cast<unsigned char>(text.front()));
    } else if (is_hidden_control(point.value)) {
      fmt::format_to(std::back_inserter(safe), "\\u{{{:04x}}}", static_cast<unsigned>(point.value));
    } else {
      safe += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return safe;
}

}  // namespace cai
