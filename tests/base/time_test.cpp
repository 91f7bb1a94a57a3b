#include "cai/base/time.hpp"

#include <gtest/gtest.h>

namespace cai {
namespace {

using namespace std::chrono_literals;

// 2026-01-16T10:00:00Z
constexpr Timestamp morning{std::chrono::seconds(1768557600)};

TEST(ParseRfc3339, ReadsWhatEnginesWrite) {
  EXPECT_EQ(parse_rfc3339("2026-01-16T10:00:00Z"), morning);
  EXPECT_EQ(parse_rfc3339("2026-01-16t10:00:00z"), morning);
  EXPECT_EQ(parse_rfc3339("2026-01-16T10:00:00.123456789Z"), morning + 123456789ns);
  EXPECT_EQ(parse_rfc3339("2026-01-16T10:00:00.5Z"), morning + 500ms);
  EXPECT_EQ(parse_rfc3339("2026-01-16T10:00:00.1234567899999Z"), morning + 123456789ns);
  EXPECT_EQ(parse_rfc3339("2026-01-16T12:00:00+02:00"), morning);
  EXPECT_EQ(parse_rfc3339("2026-01-15T23:30:00.5-10:30"), morning + 500ms);
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), Timestamp{});
  EXPECT_EQ(parse_rfc3339("2024-02-29T00:00:00Z"), Timestamp(std::chrono::seconds(1709164800)));
  EXPECT_EQ(parse_rfc3339("2016-12-31T23:59:60Z"), parse_rfc3339("2017-01-01T00:00:00Z"));
}

TEST(ParseRfc3339, TakesYearOneForNever) {
  EXPECT_EQ(parse_rfc3339("0001-01-01T00:00:00Z"), std::nullopt);
  EXPECT_EQ(parse_rfc3339("0001-01-01T01:00:00+01:00"), std::nullopt);
  EXPECT_EQ(parse_rfc3339("0000-12-31T23:00:00-01:00"), std::nullopt);
}

TEST(ParseRfc3339, RefusesEverythingElse) {
  for (const char* bad : {"",
                          "never",
                          "2026-01-16",
                          "2026-01-16T10:00:00",
                          "2026-01-16T10:00Z",
                          "2026-01-16T10:00:00.Z",
                          "2026-01-16T10:00:00Z ",
                          " 2026-01-16T10:00:00Z",
                          "2026-13-01T00:00:00Z",
                          "2026-00-01T00:00:00Z",
                          "2026-02-30T00:00:00Z",
                          "2025-02-29T00:00:00Z",
                          "2026-01-16T24:00:00Z",
                          "2026-01-16T10:60:00Z",
                          "2026-01-16T10:00:61Z",
                          "2026-01-16T10:00:00+0200",
                          "2026-01-16T10:00:00+24:00",
                          "26-01-16T10:00:00Z",
                          "9999-01-01T00:00:00Z",
                          "+2026-01-16T10:00:00Z",
                          "2026-1-16T10:00:00Z",
                          "2026-01-16T10:00:00+02:60"}) {
    EXPECT_EQ(parse_rfc3339(bad), std::nullopt) << bad;
  }
}

TEST(FormatRfc3339, ShowsFractionsOnlyWhenThereAreAny) {
  EXPECT_EQ(format_rfc3339(morning), "2026-01-16T10:00:00Z");
  EXPECT_EQ(format_rfc3339(morning + 500ms), "2026-01-16T10:00:00.5Z");
  EXPECT_EQ(format_rfc3339(morning + 1ns), "2026-01-16T10:00:00.000000001Z");
  EXPECT_EQ(format_rfc3339(Timestamp(-1ns)), "1969-12-31T23:59:59.999999999Z");
}

TEST(FormatDuration, ShowsWhatMatters) {
  EXPECT_EQ(format_duration(-5h), "0s");
  EXPECT_EQ(format_duration(0s), "0s");
  EXPECT_EQ(format_duration(999ms), "0s");
  EXPECT_EQ(format_duration(35s), "35s");
  EXPECT_EQ(format_duration(59'999ms), "59s");
  EXPECT_EQ(format_duration(60s), "1m");
  EXPECT_EQ(format_duration(12min + 59s), "12m");
  EXPECT_EQ(format_duration(4h + 12min), "4h 12m");
  EXPECT_EQ(format_duration(4h), "4h");
  EXPECT_EQ(format_duration(76h + 12min), "3d 4h 12m");
  EXPECT_EQ(format_duration(72h + 12min), "3d 12m");
  EXPECT_EQ(format_duration(std::chrono::days(400)), "400d");
}

TEST(ParseAge, ReadsTheWords) {
  EXPECT_EQ(parse_age("90m"), 90min);
  EXPECT_EQ(parse_age("12h"), 12h);
  EXPECT_EQ(parse_age("7d"), 168h);
  EXPECT_EQ(parse_age("2w"), 336h);
  EXPECT_EQ(parse_age("1d12h"), 36h);
  EXPECT_EQ(parse_age("1w1d1h1m"), 168h + 24h + 1h + 1min);
  EXPECT_EQ(parse_age("0h"), 0s);
  EXPECT_EQ(parse_age("007d"), 168h);
  EXPECT_EQ(parse_age("365000d"), std::chrono::days(365000));
}

TEST(ParseAge, RefusesEverythingElse) {
  for (const char* bad : {"",
                          "7",
                          "x",
                          "d",
                          "-1d",
                          "+1d",
                          "1.5d",
                          "1 d",
                          " 1d",
                          "1d ",
                          "1D",
                          "1s",
                          "1y",
                          "12h1d",
                          "1d1d",
                          "1d2",
                          "1dd",
                          "365300d",
                          "99999999999d",
                          "99999999999999999999999999m",
                          "52000w200000d",
                          "0x1d",
                          "1d-1h"}) {
    EXPECT_EQ(parse_age(bad), std::nullopt) << bad;
  }
}

TEST(Deadline, CountsDownAndNeverBelowZero) {
  EXPECT_TRUE(Deadline::in(0ms).expired());
  EXPECT_TRUE(Deadline::in(-5s).expired());
  EXPECT_EQ(Deadline::in(-5s).remaining(), 0ms);
  const Deadline soon = Deadline::in(30s);
  EXPECT_FALSE(soon.expired());
  EXPECT_LE(soon.remaining(), 30s);
  EXPECT_GT(soon.remaining(), 10s);
}

TEST(Deadline, FitsPoll) {
  EXPECT_EQ(Deadline::never().remaining(), 1h);
  EXPECT_FALSE(Deadline::never().expired());
  EXPECT_EQ(Deadline::in(48h).remaining(), 1h);
}

TEST(SystemClock, IsTheWallClock) {
  const Timestamp before = std::chrono::system_clock::now();
  const Timestamp now = SystemClock().now();
  EXPECT_LE(before, now);
  EXPECT_LE(now, std::chrono::system_clock::now());
}

}  // namespace
}  // namespace cai
