#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "cai/base/time.hpp"

namespace cai {
namespace {

using namespace std::chrono_literals;

Timestamp any_time() {
  const auto first = std::chrono::sys_days(std::chrono::year(1678) / 1 / 2);
  const auto last = std::chrono::sys_days(std::chrono::year(2261) / 12 / 30);
  const auto seconds =
      *rc::gen::inRange<std::int64_t>(std::chrono::sys_seconds(first).time_since_epoch().count(),
                                      std::chrono::sys_seconds(last).time_since_epoch().count());
  const auto fraction = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000);
  return Timestamp(std::chrono::seconds(seconds)) + std::chrono::nanoseconds(fraction);
}

RC_GTEST_PROP(Rfc3339, IsReadAsWritten, ()) {
  const Timestamp time = any_time();
  RC_ASSERT(parse_rfc3339(format_rfc3339(time)) == time);
}

RC_GTEST_PROP(Rfc3339, MeansTheSameInEveryZone, ()) {
  const Timestamp time = any_time();
  const auto minutes = *rc::gen::inRange(-1439, 1440);
  std::string local = format_rfc3339(time + std::chrono::minutes(minutes));
  local.pop_back();
  const auto distance = std::abs(minutes);
  local += fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', distance / 60, distance % 60);
  RC_ASSERT(parse_rfc3339(local) == time);
}

RC_GTEST_PROP(Rfc3339, IsNothingWithAByteTooMuchOrTooFew, ()) {
  std::string text = format_rfc3339(any_time());
  RC_ASSERT(!parse_rfc3339(text.substr(0, text.size() - 1)));
  RC_ASSERT(!parse_rfc3339(text + *rc::gen::arbitrary<char>()));
}

RC_GTEST_PROP(Rfc3339, SurvivesAnyBytes, ()) {
  std::string text = format_rfc3339(any_time());
  const auto place = *rc::gen::inRange<std::size_t>(0, text.size());
  text[place] = *rc::gen::arbitrary<char>();
  const auto time = parse_rfc3339(text);
  if (time) RC_ASSERT(parse_rfc3339(format_rfc3339(*time)) == time);
}

RC_GTEST_PROP(ParseAge, AddsTheUnits, ()) {
  const auto weeks = *rc::gen::inRange(0, 1000);
  const auto days = *rc::gen::inRange(0, 1000);
  const auto hours = *rc::gen::inRange(0, 1000);
  const auto minutes = *rc::gen::inRange(0, 1000);
  const auto expected = std::chrono::weeks(weeks) + std::chrono::days(days) + std::chrono::hours(hours) +
                        std::chrono::minutes(minutes);
  RC_ASSERT(parse_age(fmt::format("{}w{}d{}h{}m", weeks, days, hours, minutes)) == expected);
}

RC_GTEST_PROP(ParseAge, TakesOnlyPairsOfNumberAndUnit, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0123456789wdhmsy-+. ")));
  const auto age = parse_age(text);
  if (!age) return;
  RC_ASSERT(text.find_first_not_of("0123456789wdhm") == std::string::npos);
  RC_ASSERT(std::string("wdhm").find(text.back()) != std::string::npos);
  RC_ASSERT(*age >= 0s);
  RC_ASSERT(*age <= std::chrono::years(1000));
}

RC_GTEST_PROP(FormatDuration, IsReadBackAsAnAgeToTheMinute, ()) {
  const auto minutes = *rc::gen::inRange(1, 60 * 24 * 3650);
  const auto rest = *rc::gen::inRange(0, 60);
  std::string text = format_duration(std::chrono::minutes(minutes) + std::chrono::seconds(rest));
  std::erase(text, ' ');
  RC_ASSERT(parse_age(text) == std::chrono::minutes(minutes));
}

}  // namespace
}  // namespace cai
