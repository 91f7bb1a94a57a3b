#include "cai/base/text_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace cai {
namespace {

constexpr std::size_t context = 3;
constexpr std::size_t most_cells = 4'000'000;  ///< of the table below: some milliseconds

using Lines = std::vector<std::string_view>;

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

/// One line of the whole comparison.
struct Step {
  char sign;  ///< ' ', '-' or '+'
  std::string_view line;
};

/// The longest common subsequence by the textbook's table: what two files that belong to people need.
std::vector<Step> compare(const Lines& former, const Lines& now) {
  const std::size_t rows = former.size();
  const std::size_t columns = now.size();
  std::vector<Step> steps;
  std::size_t i = 0;
  std::size_t j = 0;
  if (rows * columns <= most_cells) {
    std::vector<std::uint32_t> table((rows + 1) * (columns + 1));
    const auto length = [&](std::size_t row, std::size_t column) -> std::uint32_t& {
      return table[row * (columns + 1) + column];
    };
    for (std::size_t row = rows; row-- > 0;) {
      for (std::size_t column = columns; column-- > 0;) {
        length(row, column) = former[row] == now[column]
                                  ? length(row + 1, column + 1) + 1
                                  : std::max(length(row + 1, column), length(row, column + 1));
      }
    }
    while (i < rows && j < columns) {
      if (former[i] == now[j]) {
        steps.push_back({' ', former[i++]});
        ++j;
      } else if (length(i + 1, j) >= length(i, j + 1)) {
        steps.push_back({'-', former[i++]});
      } else {
        steps.push_back({'+', now[j++]});
      }
    }
  }
  while (i < rows) steps.push_back({'-', former[i++]});
  while (j < columns) steps.push_back({'+', now[j++]});
  return steps;
}

/// Common lines at both ends cost nothing.
std::vector<Step> steps_between(const Lines& former, const Lines& now) {
  const auto front = static_cast<std::size_t>(std::ranges::mismatch(former, now).in1 - former.begin());
  const auto most_at_end = std::min(former.size(), now.size()) - front;
  std::size_t end = 0;
  while (end < most_at_end && former[former.size() - 1 - end] == now[now.size() - 1 - end]) ++end;
  std::vector<Step> steps;
  for (std::size_t at = 0; at < front; ++at) steps.push_back({' ', former[at]});
  const auto middle = [&](const Lines& lines) {
    return Lines(lines.begin() + static_cast<std::ptrdiff_t>(front),
                 lines.end() - static_cast<std::ptrdiff_t>(end));
  };
  const auto between = compare(middle(former), middle(now));
  steps.insert(steps.end(), between.begin(), between.end());
  for (std::size_t at = former.size() - end; at < former.size(); ++at) steps.push_back({' ', former[at]});
  return steps;
}

std::string range(std::size_t first, std::size_t count) {
  // An empty range is named by the line before it.
  const auto start = count == 0 ? first : first + 1;
  return count == 1 ? fmt::format("{}", start) : fmt::format("{},{}", start, count);
}

/// One hunk: the steps [begin, end), after this many lines of each text.
std::string hunk(const std::vector<Step>& steps, std::size_t begin, std::size_t end) {
  std::size_t first_former = 0;
  std::size_t first_now = 0;
  for (std::size_t at = 0; at < begin; ++at) {
    if (steps[at].sign != '+') ++first_former;
    if (steps[at].sign != '-') ++first_now;
  }
  std::size_t count_former = 0;
  std::size_t count_now = 0;
  std::string body;
  for (std::size_t at = begin; at < end; ++at) {
    if (steps[at].sign != '+') ++count_former;
    if (steps[at].sign != '-') ++count_now;
    body += fmt::format("{}{}", steps[at].sign, steps[at].line);
    if (!steps[at].line.ends_with('\n')) body += "\n\\ No newline at end of file\n";
  }
  return fmt::format("@@ -{} +{} @@\n{}", range(first_former, count_former), range(first_now, count_now),
                     body);
}

}  // namespace

std::string unified_diff(std::string_view former, std::string_view now) {
  const auto steps = steps_between(lines_of(former), lines_of(now));
  std::string text;
  std::size_t at = 0;
  while (true) {
    while (at < steps.size() && steps[at].sign == ' ') ++at;
    if (at == steps.size()) return text;
    const std::size_t begin = at - std::min(at, context);
    std::size_t last = at;  // the last change that is near enough to the one before
    for (; at < steps.size() && at - last <= 2 * context + 1; ++at) {
      if (steps[at].sign != ' ') last = at;
    }
    const std::size_t end = std::min(steps.size(), last + 1 + context);
    text += hunk(steps, begin, end);
    at = end;
  }
}

}  // namespace cai
