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

TEST(DumpJson, NothingInItIsObeyedByATerminal) {
  const std::string hidden =
      "a\x7f\xc2\x9b"  // DEL, CSI
      "31m\xe2\x80\xae\xe2\x81\xa6\xd8\x9c\x1b[2J";
  const auto text = dump_json(Json{{hidden, hidden}});
  EXPECT_EQ(text, R"({"a\u007f\u009b31m\u202e\u2066\u061c\u001b[2J":)"
                  R"("a\u007f\u009b31m\u202e\u2066\u061c\u001b[2J"})");
  EXPECT_EQ(parse_json(text)[hidden], hidden) << "the same value to who reads it";
  const std::string harmless = "\xc2\xa0\xe2\x82\xac\xd8\xa7\xf0\x9f\x8e\x89\xc3\xa4";
  EXPECT_EQ(dump_json(Json(harmless)), "\"" + harmless + "\"");
  EXPECT_EQ(dump_json(Json("\xe2")), "\"\xef\xbf\xbd\"") << "cut in the middle";
}

}  // namespace
}  // namespace cai
