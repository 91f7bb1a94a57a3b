#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "cai/base/process.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

std::string encoded(char32_t c) {
  const auto continuation = [c](unsigned shift) { return static_cast<char>(0x80U | ((c >> shift) & 0x3FU)); };
  if (c < 0x80) return {static_cast<char>(c)};
  if (c < 0x800) return {static_cast<char>(0xC0U | (c >> 6U)), continuation(0)};
  if (c < 0x10000) return {static_cast<char>(0xE0U | (c >> 12U)), continuation(6), continuation(0)};
  return {static_cast<char>(0xF0U | (c >> 18U)), continuation(12), continuation(6), continuation(0)};
}

rc::Gen<char32_t> code_point() {
  return rc::gen::suchThat(rc::gen::inRange<char32_t>(0, 0x110000),
                           [](char32_t c) { return c < 0xD800 || c > 0xDFFF; });
}

/// Half of them well-formed, so that both sides of every rule are met.
rc::Gen<std::string> any_text() {
  const auto characters =
      rc::gen::map(rc::gen::container<std::vector<char32_t>>(code_point()), [](const auto& points) {
        std::string text;
        for (const char32_t point : points) text += encoded(point);
        return text;
      });
  const auto bytes = rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  const auto controls = rc::gen::container<std::string>(rc::gen::inRange<char>(0, 40));
  return rc::gen::oneOf(characters, bytes, controls);
}

RC_GTEST_PROP(IsUtf8, HoldsForEncodedCodePointsAndNotForTheirPrefixes, ()) {
  const auto points = *rc::gen::container<std::vector<char32_t>>(code_point());
  std::string text;
  for (const char32_t point : points) text += encoded(point);
  RC_ASSERT(is_utf8(text));
  const std::string last = encoded(*code_point());
  if (last.size() > 1) RC_ASSERT(!is_utf8(text + last.substr(0, last.size() - 1)));
  RC_ASSERT(!is_utf8(text + "\x80"));
}

RC_GTEST_PROP(EscapeForTerminal, LeavesNothingThatATerminalObeys, ()) {
  const std::string safe = escape_for_terminal(*any_text());
  RC_ASSERT(is_utf8(safe));
  RC_ASSERT(std::none_of(safe.begin(), safe.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  }));
  for (const char32_t control : {0x80, 0x9B, 0x9F, 0x61C, 0x200E, 0x200F, 0x202A, 0x202E, 0x2066, 0x2069}) {
    RC_ASSERT(safe.find(encoded(control)) == std::string::npos);
  }
}

RC_GTEST_PROP(EscapeForTerminal, IsIdempotent, ()) {
  const std::string safe = escape_for_terminal(*any_text());
  RC_ASSERT(escape_for_terminal(safe) == safe);
}

RC_GTEST_PROP(ShellQuote, IsReadBackByARealShell, ()) {
  const auto byte = rc::gen::suchThat(rc::gen::arbitrary<char>(), [](char c) { return c != '\0'; });
  const auto special = rc::gen::elementOf(std::string("'\"\\$`!*?[]{}()<>|&;#~=% \t\n-a0"));
  const auto word = rc::gen::container<std::string>(rc::gen::oneOf(byte, special));
  const auto words = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(word));
  std::string expected;
  for (const std::string& each : words) expected += each + '\0';
  const ProcessResult result = run_process({"sh", "-c", "printf '%s\\0' " + shell_join(words)});
  RC_ASSERT(result.standard_error.empty());
  RC_ASSERT(result.standard_output == expected);
}

RC_GTEST_PROP(Split, IsUndoneByJoin, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab,")));
  const auto parts = split(text, ',');
  RC_ASSERT(join(parts, ",") == text);
  RC_ASSERT(std::ssize(parts) == std::count(text.begin(), text.end(), ',') + 1);
}

RC_GTEST_PROP(DidYouMean, FindsOneEdit, ()) {
  const auto letters = rc::gen::elementOf(std::string("abc"));
  const auto word = *rc::gen::suchThat(rc::gen::container<std::string>(letters),
                                       [](const std::string& text) { return text.size() >= 3; });
  const auto place = *rc::gen::inRange<std::size_t>(0, word.size() - 1);
  std::string slip = word;
  switch (*rc::gen::inRange(0, 4)) {
    case 0:
      slip.insert(place, 1, 'x');
      break;
    case 1:
      slip.erase(place, 1);
      break;
    case 2:
      slip[place] = 'x';
      break;
    default:
      std::swap(slip[place], slip[place + 1]);
      break;
  }
  RC_ASSERT(did_you_mean(slip, std::vector<std::string>{"0123456789", word}) == word);
}

RC_GTEST_PROP(ParseSize, ReadsWholeNumbersOfEveryUnit, ()) {
  const auto power = *rc::gen::inRange<std::size_t>(0, 6);
  const std::int64_t unit = std::int64_t{1} << (10 * power);
  const auto count = *rc::gen::inRange<std::int64_t>(1, std::int64_t{1} << 12);
  const std::string letter = power == 0 ? "" : std::string(1, "kmgtp"[power - 1]);
  const auto suffix = power == 0 ? *rc::gen::element<std::string>("", "b", "B")
                                 : *rc::gen::element<std::string>("", "b", "iB", "ib", "B");
  RC_ASSERT(parse_size(std::to_string(count) + letter + suffix) == count * unit);
}

RC_GTEST_PROP(ParseSize, NeverGivesWhatIsNotPositive, ()) {
  const auto text = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0123456789.kmgtpib-")));
  const auto size = parse_size(text);
  RC_ASSERT(!size || *size > 0);
}

RC_GTEST_PROP(FormatSize, IsAtMostSevenCharacters, ()) {
  const auto shift = *rc::gen::inRange(0, 63);
  const auto bytes = *rc::gen::arbitrary<std::int64_t>() >> shift;
  const std::string text = format_size(bytes);
  RC_ASSERT(text.size() <= 7U);
  RC_ASSERT(text.find("1024 ") == std::string::npos || bytes < 0);
}

}  // namespace
}  // namespace cai
