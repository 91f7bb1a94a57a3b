#include "cli/table.hpp"

#include <algorithm>

namespace cai {
namespace {

using Row = std::vector<std::string>;

void grow(std::vector<std::size_t>& widths, const Row& row) {
  if (widths.size() < row.size()) widths.resize(row.size());
  for (std::size_t column = 0; column < row.size(); ++column) {
    widths[column] = std::max(widths[column], display_width(row[column]));
  }
}

void append_line(std::string& text, std::size_t indent, const Row& row,
                 const std::vector<std::size_t>& widths) {
  const std::size_t start = text.size();
  std::size_t padding = indent;  // owed before the next cell, so that an empty end of a line leaves no spaces
  for (std::size_t column = 0; column < row.size(); ++column) {
    if (!row[column].empty()) {
      text.append(padding, ' ').append(row[column]);
      padding = 0;
    }
    padding += widths[column] - display_width(row[column]) + 2;
  }
  while (text.size() > start && text.back() == ' ') text.pop_back();
  text += '\n';
}

}  // namespace

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }));
}

std::string Table::render(std::size_t indent) const {
  std::vector<std::size_t> widths;
  grow(widths, headers_);
  for (const Row& row : rows_) grow(widths, row);
  std::string text;
  if (!headers_.empty()) append_line(text, indent, headers_, widths);
  for (const Row& row : rows_) append_line(text, indent, row, widths);
  return text;
}

}  // namespace cai
