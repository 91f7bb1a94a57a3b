#include <fmt/format.h>

#include "cai/base/text.hpp"
#include "cai/home/difference.hpp"

namespace cai {
namespace {

constexpr std::string_view mark = "cai-home-1";
constexpr std::size_t fields_of_header = 3;
constexpr std::size_t fields_of_file = 4;

}  // namespace

// Fields end with NUL, which no path and none of the others can hold.
std::string to_text(const HomeRecord& record) {
  auto text = fmt::format("{}{}{}{}{}{}", mark, '\0', record.volume, '\0',
                          record.pending ? "pending" : "given", '\0');
  for (const auto& [path, given] : record.files) {
    text += fmt::format("{}{}{}{}{}{}{}{}", path, '\0', given.signature, '\0', given.size, '\0',
                        given.modified, '\0');
  }
  return text;
}

HomeRecord parse_home_record(std::string_view text) {
  HomeRecord record;
  std::vector<std::string_view> fields;
  for (auto end = text.find('\0'); end != std::string_view::npos; end = text.find('\0')) {
    fields.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  if (fields.size() < fields_of_header || fields[0] != mark) return {};
  record.volume = fields[1];
  record.pending = fields[2] == "pending";
  for (auto at = fields_of_header; at + fields_of_file <= fields.size(); at += fields_of_file) {
    const auto size = parse_integer(fields[at + 2]);
    const auto modified = parse_integer(fields[at + 3]);
    if (!size || !modified) return {};
    record.files[std::string(fields[at])] = {std::string(fields[at + 1]), *size, *modified};
  }
  return record;
}

}  // namespace cai
