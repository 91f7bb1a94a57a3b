#include "image/ignore_rules.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cai {
namespace {

struct Row {
  const char* rules;
  const char* path;
  bool ignored;
};

TEST(IgnoreRules, MatchAsTheEngineDoes) {
  const Row rows[] = {
      {"", "a", false},
      {"# a\n\n  \n", "# a", false},
      {"a", "a", true},
      {"a", "a/b/c", true},
      {"a", "ab", false},
      {"a", "x/a", false},
      {"/a/", "a", true},
      {"./a//b", "a/b", true},
      {"x/../a", "a", true},
      {"../a", "a", true},
      {"  a \r\n", "a", true},
      {"\xEF\xBB\xBF"
       "a",
       "a", true},
      {"*.log", "x.log", true},
      {"*.log", "d/x.log", false},
      {"*/x.log", "d/x.log", true},
      {"*/*/x", "d/x", false},
      {"?.c", "a.c", true},
      {"?.c", "ab.c", false},
      {"[a-c]x", "bx", true},
      {"[a-c]x", "dx", false},
      {"[^a-c]x", "dx", true},
      {"[^a-c]x", "ax", false},
      {"[]]", "]", true},
      {"[a", "a", false},
      {"\\*", "*", true},
      {"\\*", "a", false},
      {"**", "a/b", true},
      {"**/x", "x", true},
      {"**/x", "a/b/x", true},
      {"**/x", "a/b/x/y", true},
      {"**/x", "a/bx", false},
      {"a/**", "a/b/c", true},
      {"a/**", "a", false},
      {"a/**/z", "a/z", true},
      {"a/**/z", "a/b/c/z", true},
      {"a/**/z", "a/b", false},
      {"**/a/**/b", "x/a/y/a/b", true},
      {"**.log", "d/e/x.log", true},
      {"**.log", "x.log", true},
      {"a\n!a", "a", false},
      {"!a\na", "a", true},
      {"*\n!keep", "keep/file", false},
      {"*\n!keep\nkeep/secret", "keep/secret", true},
      {"*\n!keep\nkeep/*\n!keep/x", "keep/x", false},
      {"d\n! d/keep", "d/keep", false},
      {"!", "a", false},
      {"*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(IgnoreRules(row.rules).ignores(row.path), row.ignored)
        << '"' << row.rules << "\" on " << row.path;
  }
}

TEST(IgnoreRules, ManyStarsStayFast) {
  std::string pattern;
  std::string path;
  for (int i = 0; i < 200; ++i) {
    pattern += "**/a*a*/";
    path += "aaaaaaaaaaaaaaaaaaaa/";
  }
  EXPECT_FALSE(IgnoreRules(pattern + "b").ignores(path + "c"));
}

TEST(IgnoreRules, KnowsItsExceptions) {
  EXPECT_FALSE(IgnoreRules("a\n# !b\n!\n").has_exceptions());
  EXPECT_TRUE(IgnoreRules("a\n!b").has_exceptions());
}

}  // namespace
}  // namespace cai
