#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace cai {

/// The one table from which an enumeration's words are both written and read.
template <typename Value, std::size_t Size>
using Words = std::array<std::pair<Value, std::string_view>, Size>;

template <typename Value, std::size_t Size>
constexpr std::string_view word_of(const Words<Value, Size>& words, Value value) {
  for (const auto& [known, word] : words) {
    if (known == value) return word;
  }
  return "unknown";
}

template <typename Value, std::size_t Size>
constexpr std::optional<Value> value_of(const Words<Value, Size>& words, std::string_view text) {
  for (const auto& [value, word] : words) {
    if (word == text) return value;
  }
  return std::nullopt;
}

}  // namespace cai
