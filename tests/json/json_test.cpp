#include "cai/json/json.hpp"

#include <gtest/gtest.h>

namespace cai {
namespace {

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(ParseJson, KeepsTheOrderOfKeys) {
  EXPECT_EQ(dump_json(parse_json(R"({"z":1, "a":[true,null], "m":{"y":1,"b":2}})")),
            R"({"z":1,"a":[true,null],"m":{"y":1,"b":2}})");
}

TEST(ParseJson, DiscardsWhatIsNotJson) {
  for (const char* bad : {"", " ", "{", "}", "[1,]", "{'a':1}", "nul", "1 2", "\"\xff\"", "\"\n\"", "1e999",
                          "[1]]", "// x\n1", "\"\\ud800\""}) {
    EXPECT_TRUE(parse_json(bad).is_discarded()) << bad;
  }
  EXPECT_TRUE(parse_json(std::string_view("1\0", 2)).is_discarded());
  EXPECT_TRUE(parse_json(std::string_view("1\0]", 3)).is_discarded());
}

TEST(ParseJson, KnowsDiscardedFromNull) {
  EXPECT_TRUE(parse_json("null").is_null());
  EXPECT_FALSE(parse_json("null").is_discarded());
}

TEST(ParseJson, BoundsTheDepth) {
  EXPECT_FALSE(parse_json(nested(64)).is_discarded());
  EXPECT_TRUE(parse_json(nested(65)).is_discarded());
  EXPECT_TRUE(parse_json(nested(5'000'000)).is_discarded());
  EXPECT_TRUE(parse_json(std::string(5'000'000, '{')).is_discarded());
}

TEST(ParseJson, CountsOnlyBracketsOutsideStrings) {
  const std::string text = "[\"" + std::string(100, '[') + "\\\"" + std::string(100, '{') + "\"]";
  EXPECT_FALSE(parse_json(text).is_discarded());
  EXPECT_TRUE(parse_json("[\"\\\\\"," + nested(64) + "]").is_discarded())
      << "the string ends before the brackets";
}

TEST(DumpJson, ReplacesInvalidBytes) {
  Json value;
  value["path"] = "a\xff/b";
  EXPECT_EQ(dump_json(value), "{\"path\":\"a\xef\xbf\xbd/b\"}");
  EXPECT_FALSE(parse_json(dump_json(value)).is_discarded());
}

TEST(DumpJson, Indents) {
  EXPECT_EQ(dump_json(parse_json("{\"a\":[1]}"), 2), "{\n  \"a\": [\n    1\n  ]\n}");
}

}  // namespace
}  // namespace cai
