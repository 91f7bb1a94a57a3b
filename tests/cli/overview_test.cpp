#include <gtest/gtest.h>

#include "cli/collect_views.hpp"
#include "golden.hpp"
#include "overview_fixture.hpp"

namespace cai::test {
namespace {

TEST(Overview, SomethingOfEverythingIsGolden) {
  const auto overview = full_overview();
  expect_equals_file(overview_text(overview), "tests/cli/golden/overview.txt");
}

TEST(Overview, NothingAtAllIsGolden) {
  Overview overview;
  overview.inventory.product.name = "Docker Engine";
  overview.health = judge_health(overview.inventory, {});
  expect_equals_file(overview_text(overview), "tests/cli/golden/overview-empty.txt");
}

TEST(Overview, WhatTheEngineDoesNotSayInTimeIsUnknown) {
  auto overview = full_overview();
  overview.inventory.usage.reset();
  const auto text = overview_text(overview);
  EXPECT_NE(text.find("unknown"), std::string::npos);
  EXPECT_EQ(text.find("all images of this engine"), std::string::npos);
}

TEST(Overview, NothingRawReachesTheTerminal) {
  auto overview = full_overview();
  overview.inventory.containers[1].name = "\x1b]0;title\x07";
  overview.inventory.containers[1].state_text = "ex\nited";
  overview.images[0].used_by = {"a\x1b[2J"};
  const auto text = overview_text(overview);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\x07'), std::string::npos);
}

TEST(Collect, ListsAreGolden) {
  const auto overview = full_overview();
  const auto gc = find_for_gc(overview.inventory, {.age = day, .images = true});
  const auto clean = find_for_clean(overview.inventory, {.workspaces = true});
  expect_equals_file(gc_text(gc) + protected_text(gc) + "\n" + protected_list(gc) + "\n" + clean_text(clean),
                     "tests/cli/golden/collect.txt");
}

TEST(Collect, AgesAreShort) {
  using namespace std::chrono_literals;
  EXPECT_EQ(short_age(std::nullopt), "-");
  EXPECT_EQ(short_age(-5s), "0s");
  EXPECT_EQ(short_age(59s), "59s");
  EXPECT_EQ(short_age(60s), "1m");
  EXPECT_EQ(short_age(90min), "2h");
  EXPECT_EQ(short_age(47h), "47h");
  EXPECT_EQ(short_age(14 * 24h - 30min), "14d");
}

}  // namespace
}  // namespace cai::test
