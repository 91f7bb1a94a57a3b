#include "cai/base/time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cai {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using std::chrono::weeks;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Consumes a text from its front; every method returns false (or nullopt) when the text goes on differently.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  bool take_any_of(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<int> take_digits(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int value = 0;
    for (const char c : rest_.substr(0, count)) {
      if (!is_digit(c)) return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }

  /// The digits after a decimal point as nanoseconds; what is finer is dropped.
  std::optional<nanoseconds> take_fraction() {
    nanoseconds value{0};
    nanoseconds place = std::chrono::milliseconds(100);
    const std::size_t before = rest_.size();
    while (!rest_.empty() && is_digit(rest_.front())) {
      value += (rest_.front() - '0') * place;
      place /= 10;
      rest_.remove_prefix(1);
    }
    if (rest_.size() == before) return std::nullopt;
    return value;
  }

 private:
  std::string_view rest_;
};

std::optional<std::chrono::sys_days> take_date(Cursor& cursor) {
  const auto year = cursor.take_digits(4);
  if (!year || !cursor.take_any_of("-")) return std::nullopt;
  const auto month = cursor.take_digits(2);
  if (!month || !cursor.take_any_of("-")) return std::nullopt;
  const auto day = cursor.take_digits(2);
  if (!day) return std::nullopt;
  // What 64-bit nanoseconds can hold; it also leaves out year 1, the engines' "never".
  if (*year < 1678 || *year > 2261) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

std::optional<nanoseconds> take_time_of_day(Cursor& cursor) {
  const auto hour = cursor.take_digits(2);
  if (!hour || *hour > 23 || !cursor.take_any_of(":")) return std::nullopt;
  const auto minute = cursor.take_digits(2);
  if (!minute || *minute > 59 || !cursor.take_any_of(":")) return std::nullopt;
  const auto second = cursor.take_digits(2);
  if (!second || *second > 60) return std::nullopt;  // 60: a leap second
  nanoseconds time = hours(*hour) + minutes(*minute) + seconds(*second);
  if (cursor.take_any_of(".")) {
    const auto fraction = cursor.take_fraction();
    if (!fraction) return std::nullopt;
    time += *fraction;
  }
  return time;
}

std::optional<minutes> take_offset(Cursor& cursor) {
  if (cursor.take_any_of("Zz")) return minutes(0);
  const bool east = cursor.take_any_of("+");
  if (!east && !cursor.take_any_of("-")) return std::nullopt;
  const auto hour = cursor.take_digits(2);
  if (!hour || *hour > 23 || !cursor.take_any_of(":")) return std::nullopt;
  const auto minute = cursor.take_digits(2);
  if (!minute || *minute > 59) return std::nullopt;
  const minutes offset = hours(*hour) + minutes(*minute);
  return east ? offset : -offset;
}

/// ".5" for half a second; nothing for whole seconds.
std::string fraction_text(nanoseconds fraction) {
  if (fraction.count() == 0) return {};
  std::string text = fmt::format(".{:09}", fraction.count());
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

}  // namespace

std::chrono::milliseconds Deadline::remaining() const {
  using std::chrono::milliseconds;
  // Rounded up: a poll(2) of 0 ms just before the end would be a busy loop.
  const auto left = std::chrono::ceil<milliseconds>(at_ - std::chrono::steady_clock::now());
  return std::clamp(left, milliseconds(0), milliseconds(hours(1)));
}

Timestamp SystemClock::now() const {
  return std::chrono::system_clock::now();
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  Cursor cursor(text);
  const auto date = take_date(cursor);
  if (!date || !cursor.take_any_of("Tt ")) return std::nullopt;
  const auto time = take_time_of_day(cursor);
  if (!time) return std::nullopt;
  const auto offset = take_offset(cursor);
  if (!offset || !cursor.at_end()) return std::nullopt;
  return Timestamp(*date) + *time - *offset;
}

std::string format_rfc3339(Timestamp time) {
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<nanoseconds> clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     fraction_text(clock.subseconds()));
}

std::string format_duration(nanoseconds duration) {
  const auto whole = std::chrono::floor<seconds>(std::max(duration, nanoseconds(0)));
  if (whole < minutes(1)) return fmt::format("{}s", whole.count());
  const auto day_count = std::chrono::floor<days>(whole);
  const auto hour_count = std::chrono::floor<hours>(whole - day_count);
  const auto minute_count = std::chrono::floor<minutes>(whole - day_count - hour_count);
  std::string text;
  const auto add = [&text](auto count, char unit) {
    if (count == 0) return;
    fmt::format_to(std::back_inserter(text), "{}{}{}", text.empty() ? "" : " ", count, unit);
  };
  add(day_count.count(), 'd');
  add(hour_count.count(), 'h');
  add(minute_count.count(), 'm');
  return text;
}

std::optional<seconds> parse_age(std::string_view text) {
  struct Unit {
    char letter;
    seconds length;
  };
  static constexpr std::array<Unit, 4> units{
      {{'w', weeks(1)}, {'d', days(1)}, {'h', hours(1)}, {'m', minutes(1)}}};
  static constexpr seconds longest = std::chrono::years(1000);

  if (text.empty()) return std::nullopt;
  seconds total{0};
  // Each unit at most once and the larger first: "1d1d" or "1m2w" is more likely a slip than a wish.
  auto next_unit = units.begin();
  while (!text.empty()) {
    std::size_t digits = 0;
    std::int64_t count = 0;
    while (digits < text.size() && is_digit(text[digits])) {
      count = count * 10 + (text[digits++] - '0');
      if (count > longest.count()) return std::nullopt;
    }
    if (digits == 0 || digits == text.size()) return std::nullopt;
    const char letter = text[digits];
    const auto unit =
        std::find_if(next_unit, units.end(), [letter](const Unit& u) { return u.letter == letter; });
    if (unit == units.end()) return std::nullopt;
    total += count * unit->length;
    if (total > longest) return std::nullopt;
    next_unit = std::next(unit);
    text.remove_prefix(digits + 1);
  }
  return total;
}

}  // namespace cai
