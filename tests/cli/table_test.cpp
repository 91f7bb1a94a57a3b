#include "cli/table.hpp"

#include <gtest/gtest.h>

namespace cai {
namespace {

TEST(Table, AlignsColumnsAndLeavesNoTrailingSpaces) {
  Table table({"NAME", "STATUS", "NOTE"});
  table.add_row({"myapp-auth", "running", ""});
  table.add_row({"x", "stopped", "kept"});
  EXPECT_EQ(table.render(),
            "NAME        STATUS   NOTE\n"
            "myapp-auth  running\n"
            "x           stopped  kept\n");
}

TEST(Table, CountsCodePointsNotBytes) {
  EXPECT_EQ(display_width("größe"), 5U);
  Table table({"A", "B"});
  table.add_row({"größe", "1"});
  table.add_row({"weite", "2"});
  EXPECT_EQ(table.render(), "A      B\ngröße  1\nweite  2\n");
}

TEST(Table, NeedsNoHeaderAndTakesShortAndLongRows) {
  Table table;
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.render(), "");
  table.add_row({"a"});
  table.add_row({"bb", "c", "d"});
  table.add_row({});
  table.add_row({"", "", "end"});
  EXPECT_FALSE(table.empty());
  EXPECT_EQ(table.render(), "a\nbb  c  d\n\n       end\n");
}

TEST(Table, HeadersAloneAreOneLine) {
  EXPECT_EQ(Table({"NAME", "AGE"}).render(), "NAME  AGE\n");
}

}  // namespace
}  // namespace cai
