#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "cai/base/text.hpp"

namespace cai {

namespace {

/// Bytes of a unit in lower case ("", "b", "g", "gb", "gib", ...); nullopt for anything else.
std::optional<std::int64_t> unit_bytes(std::string_view unit) {
  static constexpr std::string_view letters = "kmgtp";
  if (unit.empty() || unit == "b") return 1;
  const std::size_t power = letters.find(unit.front());
  const std::string_view rest = unit.substr(1);
  if (power == std::string_view::npos || (!rest.empty() && rest != "b" && rest != "ib")) return std::nullopt;
  return std::int64_t{1} << (10 * (power + 1));
}

/// floor(0.<digits> * unit), exactly: rounding down at each place gives the same as rounding down once.
std::int64_t fraction_of(std::string_view digits, std::int64_t unit) {
  std::int64_t value = 0;
  std::for_each(digits.rbegin(), digits.rend(),
                [&value, unit](char digit) { value = ((digit - '0') * unit + value) / 10; });
  return value;
}

std::string_view take_digits(std::string_view& text) {
  const std::string_view digits = text.substr(0, text.find_first_not_of("0123456789"));
  text.remove_prefix(digits.size());
  return digits;
}

}  // namespace

std::optional<std::int64_t> parse_size(std::string_view text) {
  const std::string lower = to_lower_ascii(text);
  std::string_view rest = lower;
  const auto whole = parse_integer(take_digits(rest));
  if (!whole) return std::nullopt;
  std::string_view fraction;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    fraction = take_digits(rest);
    if (fraction.empty()) return std::nullopt;
  }
  const auto unit = unit_bytes(rest);
  if (!unit || (*unit == 1 && !fraction.empty())) return std::nullopt;
  // Exact: the unit divides 2^63, and the fraction stays below one unit.
  if (*whole > std::numeric_limits<std::int64_t>::max() / *unit) return std::nullopt;
  const std::int64_t bytes = *whole * *unit + fraction_of(fraction, *unit);
  if (bytes <= 0) return std::nullopt;
  return bytes;
}

std::string format_size(std::int64_t bytes) {
  static constexpr std::array<std::string_view, 6> units{"KB", "MB", "GB", "TB", "PB", "EB"};
  bytes = std::max<std::int64_t>(bytes, 0);
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  // 1023.5 would be printed as 1024; it is 1.0 of the next unit.
  while (std::round(value) >= 1024 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  // 9.95 would be printed as 10.0, which has one digit too many.
  const int decimals = value < 9.95 ? 1 : 0;
  return fmt::format("{:.{}f} {}", value, decimals, units[unit]);
}

}  // namespace cai
