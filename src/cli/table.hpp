#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cai {

/// Columns that text takes on a terminal, taken as its number of code points: right for what names and paths
/// usually hold, one short for each wide (CJK) character.
std::size_t display_width(std::string_view text);

/// Text in aligned columns, two spaces apart, without trailing spaces. Cells are single lines, already
/// escaped.
class Table {
 public:
  /// Without headers there is no header line.
  explicit Table(std::vector<std::string> headers = {}) : headers_(std::move(headers)) {}

  void add_row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// Each line begins with `indent` spaces and ends with a newline.
  [[nodiscard]] std::string render(std::size_t indent = 0) const;

 private:
  std::vector<std::string> headers_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace cai
