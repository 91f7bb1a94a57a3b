#include "cai/base/text.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <set>

namespace cai {
namespace {

using Strings = std::vector<std::string>;

TEST(EscapeForTerminal, LeavesOrdinaryTextAlone) {
  EXPECT_EQ(escape_for_terminal(""), "");
  EXPECT_EQ(escape_for_terminal("feature/auth ~ \\ 'x'"), "feature/auth ~ \\ 'x'");
  EXPECT_EQ(escape_for_terminal("größe 日本 👩‍💻"), "größe 日本 👩‍💻");
}

TEST(EscapeForTerminal, ShowsControlsOfAscii) {
  EXPECT_EQ(escape_for_terminal("a\x1b[31mb"), "a\\x1b[31mb");
  EXPECT_EQ(escape_for_terminal("a\nb\tc\r"), "a\\x0ab\\x09c\\x0d");
  EXPECT_EQ(escape_for_terminal(std::string_view("\0\x1f\x7f", 3)), "\\x00\\x1f\\x7f");
}

TEST(EscapeForTerminal, ShowsC1AndBidirectionalControls) {
  EXPECT_EQ(escape_for_terminal("\u0080|\u009b|\u009f"), "\\u{0080}|\\u{009b}|\\u{009f}");
  EXPECT_EQ(escape_for_terminal("\u00a0"), "\u00a0");
  for (const char* control : {"\u061c", "\u200e", "\u200f", "\u202a", "\u202e", "\u2066", "\u2069"}) {
    EXPECT_TRUE(escape_for_terminal(control).starts_with("\\u{")) << control;
  }
  for (const char* neighbour : {"\u200d", "\u2010", "\u2029", "\u202f", "\u2065", "\u206a"}) {
    EXPECT_EQ(escape_for_terminal(neighbour), neighbour);
  }
}

TEST(EscapeForTerminal, ShowsEachInvalidByte) {
  EXPECT_EQ(escape_for_terminal("a\xff\xfe"
                                "b"),
            "a\\xff\\xfeb");
  EXPECT_EQ(escape_for_terminal("\xc3"), "\\xc3");
  EXPECT_EQ(escape_for_terminal("\xc0\xaf"), "\\xc0\\xaf");
  EXPECT_EQ(escape_for_terminal("\xed\xa0\x80"), "\\xed\\xa0\\x80");
  EXPECT_EQ(escape_for_terminal("\xe6\x97\xe6\x97\xa5"), "\\xe6\\x97日");
}

TEST(IsUtf8, AcceptsTheEdgesOfEveryLength) {
  for (const char* good : {"", "a", "\x7f", "\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\uffff",
                           "\U00010000", "\U0010ffff"}) {
    EXPECT_TRUE(is_utf8(good)) << escape_for_terminal(good);
  }
}

TEST(IsUtf8, RefusesWhatIsNotWellFormed) {
  for (const char* bad : {"\x80", "\xbf", "\xc2", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xe2\x82",
                          "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                          "\xf8\x88\x80\x80\x80", "\xfe", "\xff", "ok\xc3(", "\xf0\x9f\x92"}) {
    EXPECT_FALSE(is_utf8(bad)) << escape_for_terminal(bad);
  }
}

TEST(IsUtf8, SeesABadByteAnywhereInALongText) {
  for (std::size_t at = 0; at < 40; ++at) {
    std::string text(40, 'a');
    EXPECT_TRUE(is_utf8(text));
    text[at] = '\xff';
    EXPECT_FALSE(is_utf8(text)) << at;
  }
}

TEST(ShellQuote, LeavesHarmlessWordsReadable) {
  EXPECT_EQ(shell_quote("docker"), "docker");
  EXPECT_EQ(shell_quote("/a/b-c_d.e:1@x,+"), "/a/b-c_d.e:1@x,+");
}

TEST(ShellQuote, QuotesEverythingElse) {
  EXPECT_EQ(shell_quote(""), "''");
  EXPECT_EQ(shell_quote("a b"), "'a b'");
  EXPECT_EQ(shell_quote("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quote("$(touch x)"), "'$(touch x)'");
  EXPECT_EQ(shell_quote("~"), "'~'");
  EXPECT_EQ(shell_quote("A=b"), "'A=b'");
  EXPECT_EQ(shell_quote("while"), "'while'");
  EXPECT_EQ(shell_quote("ä"), "'ä'");
}

TEST(ShellJoin, SeparatesWithOneSpace) {
  EXPECT_EQ(shell_join({}), "");
  EXPECT_EQ(shell_join({"sh", "-c", "exit 7"}), "sh -c 'exit 7'");
  EXPECT_EQ(shell_join({"", "x"}), "'' x");
}

TEST(Split, KeepsEmptyParts) {
  EXPECT_EQ(split("", ','), Strings{""});
  EXPECT_EQ(split("a", ','), Strings{"a"});
  EXPECT_EQ(split(",a,,b,", ','), (Strings{"", "a", "", "b", ""}));
}

TEST(Join, PutsTheSeparatorBetween) {
  EXPECT_EQ(join({}, ", "), "");
  EXPECT_EQ(join({"a"}, ", "), "a");
  EXPECT_EQ(join({"a", "", "b"}, ", "), "a, , b");
}

TEST(Trim, RemovesWhiteSpaceOfBothEnds) {
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim(" \t\r\n"), "");
  EXPECT_EQ(trim("\n a b \t"), "a b");
}

TEST(ToLowerAscii, LeavesOtherBytesAlone) {
  EXPECT_EQ(to_lower_ascii("AZaz@[`{09Ä"), "azaz@[`{09Ä");
}

TEST(DidYouMean, FindsSlips) {
  const Strings commands{"status", "stop", "export", "import", "list"};
  EXPECT_EQ(did_you_mean("stauts", commands), "status");  // neighbours swapped
  EXPECT_EQ(did_you_mean("stat", commands), "status");
  EXPECT_EQ(did_you_mean("exprt", commands), "export");
  EXPECT_EQ(did_you_mean("lisst", commands), "list");
  EXPECT_EQ(did_you_mean("stop", commands), "stop");
}

TEST(DidYouMean, PrefersTheNearestThenTheFirst) {
  EXPECT_EQ(did_you_mean("abcd", Strings{"abxx", "abcx"}), "abcx");
  EXPECT_EQ(did_you_mean("abcd", Strings{"abcx", "abcy"}), "abcx");
}

TEST(DidYouMean, SaysNothingWhenFarAway) {
  EXPECT_EQ(did_you_mean("frobnicate", Strings{"status"}), std::nullopt);
  EXPECT_EQ(did_you_mean("abcde", Strings{"abxyz"}), std::nullopt);
  EXPECT_EQ(did_you_mean("ab", Strings{"cd"}), std::nullopt);  // every letter would change
  EXPECT_EQ(did_you_mean("", Strings{"a"}), std::nullopt);
  EXPECT_EQ(did_you_mean("abc", Strings{}), std::nullopt);
}

TEST(Sha256, AgreesWithTheStandard) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(RandomHex, IsFreshEveryTime) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(random_hex(8));
  EXPECT_EQ(seen.size(), 100U);
  for (const std::string& text : seen) {
    EXPECT_EQ(text.size(), 16U);
    EXPECT_EQ(text.find_first_not_of("0123456789abcdef"), std::string::npos);
  }
  EXPECT_EQ(random_hex(0), "");
  EXPECT_EQ(random_hex(1000).size(), 2000U);
}

TEST(ParseSize, ReadsWhatPeopleWrite) {
  EXPECT_EQ(parse_size("1048576"), 1048576);
  EXPECT_EQ(parse_size("100b"), 100);
  EXPECT_EQ(parse_size("1k"), 1024);
  EXPECT_EQ(parse_size("512m"), 512LL << 20);
  EXPECT_EQ(parse_size("2G"), 2LL << 30);
  EXPECT_EQ(parse_size("2gb"), 2LL << 30);
  EXPECT_EQ(parse_size("1.5GiB"), 3LL << 29);
  EXPECT_EQ(parse_size("0.5k"), 512);
  EXPECT_EQ(parse_size("1t"), 1LL << 40);
  EXPECT_EQ(parse_size("0.333333333333333333333333333333k"), 341);
  EXPECT_EQ(parse_size("8191p"), 8191LL << 50);
  EXPECT_EQ(parse_size("8191.9p"), (8191LL << 50) + (9LL << 50) / 10);
  EXPECT_EQ(parse_size("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
}

TEST(ParseSize, RefusesEverythingElse) {
  for (const char* bad : {"",
                          "0",
                          "0g",
                          "0.0001k",
                          "-1",
                          "-1g",
                          "+1g",
                          "g",
                          "b",
                          "1x",
                          "1.",
                          ".5g",
                          "1.5",
                          "1.5b",
                          "1..5g",
                          "1.5.5g",
                          "1 g",
                          " 1g",
                          "1g ",
                          "1ib",
                          "1gibi",
                          "1kk",
                          "0x10",
                          "1e3",
                          "nan",
                          "inf",
                          "8192p",
                          "9999999999g",
                          "99999999999999999999",
                          "1,5g"}) {
    EXPECT_EQ(parse_size(bad), std::nullopt) << bad;
  }
}

TEST(FormatSize, IsShort) {
  EXPECT_EQ(format_size(-1), "0 B");
  EXPECT_EQ(format_size(0), "0 B");
  EXPECT_EQ(format_size(1023), "1023 B");
  EXPECT_EQ(format_size(1024), "1.0 KB");
  EXPECT_EQ(format_size(1536), "1.5 KB");
  EXPECT_EQ(format_size(10'239), "10 KB");
  EXPECT_EQ(format_size(102'400), "100 KB");
  EXPECT_EQ(format_size((1 << 20) - 1), "1.0 MB");
  EXPECT_EQ(format_size(1'288'490'189), "1.2 GB");
  EXPECT_EQ(format_size(std::numeric_limits<std::int64_t>::max()), "8.0 EB");
}

TEST(ParseInteger, TakesTheWholeTextOrNothing) {
  EXPECT_EQ(parse_integer("0"), 0);
  EXPECT_EQ(parse_integer("-12"), -12);
  EXPECT_EQ(parse_integer("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_integer("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  for (const char* bad : {"", "-", "+1", " 1", "1 ", "1a", "0x1", "1.0", "9223372036854775808", "--1"}) {
    EXPECT_EQ(parse_integer(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace cai
