#include "cai/base/text_diff.hpp"

#include <gtest/gtest.h>

namespace cai {
namespace {

std::string lines(int first, int last) {
  std::string text;
  for (int line = first; line <= last; ++line) text += std::to_string(line) + "\n";
  return text;
}

TEST(UnifiedDiff, SameTextsHaveNone) {
  EXPECT_EQ(unified_diff("", ""), "");
  EXPECT_EQ(unified_diff("a\nb", "a\nb"), "");
}

TEST(UnifiedDiff, IsWhatDiffUSays) {
  EXPECT_EQ(unified_diff("", "a\n"), "@@ -0,0 +1 @@\n+a\n");
  EXPECT_EQ(unified_diff("a\n", ""), "@@ -1 +0,0 @@\n-a\n");
  EXPECT_EQ(unified_diff("a\nb\nc\n", "a\nx\nc\n"), "@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n");
  EXPECT_EQ(unified_diff("a\nb", "a\nb\n"), "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
  EXPECT_EQ(unified_diff(lines(1, 9), lines(1, 4) + "new\n" + lines(5, 9)),
            "@@ -2,6 +2,7 @@\n 2\n 3\n 4\n+new\n 5\n 6\n 7\n");
}

TEST(UnifiedDiff, ChangesFarApartAreHunksOfTheirOwn) {
  EXPECT_EQ(unified_diff("x\n" + lines(1, 6) + "y\n", lines(1, 6)),
            "@@ -1,8 +1,6 @@\n-x\n 1\n 2\n 3\n 4\n 5\n 6\n-y\n");
  EXPECT_EQ(unified_diff("x\n" + lines(1, 7) + "y\n", lines(1, 7)),
            "@@ -1,4 +1,3 @@\n-x\n 1\n 2\n 3\n@@ -6,4 +5,3 @@\n 5\n 6\n 7\n-y\n");
}

TEST(UnifiedDiff, VeryLongTextsAreReplacedAsAWhole) {
  const auto difference = unified_diff(lines(1, 3000), lines(10001, 13000));
  EXPECT_TRUE(difference.starts_with("@@ -1,3000 +1,3000 @@\n-1\n"));
}

}  // namespace
}  // namespace cai
