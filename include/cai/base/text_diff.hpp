#pragma once

#include <string>
#include <string_view>

namespace cai {

/// The lines that differ, as `diff -u` shows them without its two lines of file names: hunks with three lines
/// of context. Empty when the texts are the same. Texts with very many different lines are shown as replaced.
std::string unified_diff(std::string_view former, std::string_view now);

}  // namespace cai
