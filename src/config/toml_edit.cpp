#include "config/toml_edit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "cai/base/text.hpp"
#include "config/keys.hpp"
#include "config/toml_reader.hpp"

namespace cai {
namespace {

/// One replacement in a text.
struct Edit {
  std::size_t begin;
  std::size_t end;
  std::string text;
};

std::string applied(std::string_view content, const Edit& edit) {
  return fmt::format("{}{}{}", content.substr(0, edit.begin), edit.text, content.substr(edit.end));
}

/// The text as lines; none of them is split by a byte order mark.
class Lines {
 public:
  explicit Lines(std::string_view content) : content_(content) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (content.starts_with(byte_order_mark)) first_ = byte_order_mark.size();
  }

  [[nodiscard]] std::size_t begin_of(std::size_t at) const {
    const auto newline = at == 0 ? content_.npos : content_.rfind('\n', at - 1);
    return newline == content_.npos ? first_ : newline + 1;
  }
  [[nodiscard]] std::size_t after(std::size_t at) const {
    const auto newline = content_.find('\n', at);
    return newline == content_.npos ? content_.size() : newline + 1;
  }
  [[nodiscard]] bool ends_unfinished(std::size_t at) const {
    return at == content_.size() && at > 0 && content_.back() != '\n';
  }

  /// Where a line of the root table goes when there is none yet: below the comment that the file begins with,
  /// above the first table and the comment that belongs to it.
  [[nodiscard]] std::size_t root_place(std::size_t first_header) const {
    std::size_t place = begin_of(first_header);
    while (place > first_ && is_comment(before(place))) place = begin_of(place - 1);
    if (place == first_ && first_header < content_.size()) place = begin_of(first_header);
    while (place > first_ && trim(before(place)).empty()) place = begin_of(place - 1);
    return place;
  }

  /// A line of its own at `at`, which is the beginning of a line or the end. A text without a final newline
  /// stays one.
  [[nodiscard]] Edit new_line(std::size_t at, std::string_view statement) const {
    const std::string_view newline = newline_style();
    return {at, at,
            ends_unfinished(at) ? fmt::format("{}{}", newline, statement)
                                : fmt::format("{}{}", statement, newline)};
  }

  [[nodiscard]] Edit without_lines(std::size_t begin, std::size_t end) const {
    Edit edit{begin_of(begin), after(end), {}};
    if (ends_unfinished(edit.end) && edit.begin > first_) {  // then the newline in front of it goes
      --edit.begin;
      if (edit.begin > first_ && content_[edit.begin - 1] == '\r') --edit.begin;
    }
    return edit;
  }

 private:
  /// The line that ends at `place`, which is the beginning of another one.
  [[nodiscard]] std::string_view before(std::size_t place) const {
    if (content_[place - 1] != '\n') return "no line";
    const auto begin = begin_of(place - 1);
    return content_.substr(begin, place - begin);
  }
  static bool is_comment(std::string_view line) { return trim(line).starts_with('#'); }
  [[nodiscard]] std::string_view newline_style() const {
    const auto newline = content_.find('\n');
    return newline != content_.npos && newline > 0 && content_[newline - 1] == '\r' ? "\r\n" : "\n";
  }

  std::string_view content_;
  std::size_t first_ = 0;
};

std::string_view parent_of(std::string_view name) {
  const auto dot = name.rfind('.');
  return dot == name.npos ? std::string_view() : name.substr(0, dot);
}

std::string_view last_part(std::string_view name) {
  return name.substr(name.rfind('.') + 1);  // npos + 1 is 0
}

bool is_in_inline_table(std::string_view content, const TomlEntry& entry) {
  const auto begin = Lines(content).begin_of(entry.key_begin);
  return content.substr(begin, entry.key_begin - begin).find('{') != content.npos;
}

const TomlEntry* find_entry(const TomlFile& file, const SettingKey& key) {
  const auto found =
      std::ranges::find_if(file.entries, [&](const TomlEntry& entry) { return find_key(entry.key) == &key; });
  return found == file.entries.end() ? nullptr : &*found;
}

/// Below the last key of the same table, written as that one is.
std::optional<Edit> place_below_sibling(std::string_view content, const TomlFile& file, const SettingKey& key,
                                        std::string_view literal) {
  const auto sibling = std::find_if(file.entries.rbegin(), file.entries.rend(), [&](const TomlEntry& entry) {
    return parent_of(entry.key) == parent_of(key.name) && !is_in_inline_table(content, entry);
  });
  if (sibling == file.entries.rend()) return std::nullopt;
  const Lines lines(content);
  const auto begin = lines.begin_of(sibling->key_begin);
  const auto prefix = content.substr(begin, sibling->key_begin - begin);
  return lines.new_line(lines.after(sibling->value_end),
                        fmt::format("{}{} = {}", prefix, last_part(key.name), literal));
}

/// Behind each key in an inline table, by every name that the key could have there.
void add_inline_places(std::string_view content, const TomlFile& file, const SettingKey& key,
                       std::string_view literal, std::vector<Edit>& places) {
  for (auto entry = file.entries.rbegin(); entry != file.entries.rend(); ++entry) {
    if (find_key(entry->key) == nullptr || !is_in_inline_table(content, *entry)) continue;
    for (auto table = parent_of(key.name); !table.empty(); table = parent_of(table)) {
      const auto name = key.name.substr(table.size() + 1);
      places.push_back({entry->value_end, entry->value_end, fmt::format(", {} = {}", name, literal)});
    }
  }
}

/// At the end of the section that begins at `begin` and ends at `end`.
std::size_t end_of_section(std::string_view content, const TomlFile& file, std::size_t begin,
                           std::size_t end) {
  std::size_t last = begin;
  for (const TomlEntry& entry : file.entries) {
    if (entry.key_begin >= begin && entry.key_begin < end) last = std::max(last, entry.value_end);
  }
  return Lines(content).after(last);
}

/// From the nicest place to the last resort; whoever asks tries them, and the parser judges.
std::vector<Edit> places_for(std::string_view content, const TomlFile& file, const SettingKey& key,
                             std::string_view literal) {
  const Lines lines(content);
  std::vector<Edit> places;
  if (auto place = place_below_sibling(content, file, key, literal)) places.push_back(*std::move(place));
  add_inline_places(content, file, key, literal, places);
  auto headers = file.headers;
  std::ranges::stable_sort(headers, std::greater<>(), [](const auto& header) { return header.name.size(); });
  for (const TomlHeader& header : headers) {
    if (!key.name.starts_with(header.name + ".")) continue;
    const auto next = std::ranges::upper_bound(file.headers, header.begin, {}, &TomlHeader::begin);
    const auto end = next == file.headers.end() ? content.size() : next->begin;
    const auto statement = fmt::format("{} = {}", key.name.substr(header.name.size() + 1), literal);
    places.push_back(lines.new_line(end_of_section(content, file, header.begin, end), statement));
  }
  const auto first_header = file.headers.empty() ? content.size() : file.headers.front().begin;
  const bool has_root_entries = !file.entries.empty() && file.entries.front().key_begin < first_header;
  places.push_back(lines.new_line(
      has_root_entries ? end_of_section(content, file, 0, first_header) : lines.root_place(first_header),
      fmt::format("{} = {}", key.name, literal)));
  return places;
}

/// All values but that of `key`; nullopt when the text is no TOML.
std::optional<std::map<std::string, std::pair<TomlKind, std::string>>> others(const TomlFile& file,
                                                                              const SettingKey& key) {
  if (file.problem) return std::nullopt;
  std::map<std::string, std::pair<TomlKind, std::string>> values;
  for (const TomlEntry& entry : file.entries) {
    if (find_key(entry.key) != &key) values[entry.key] = {entry.kind, entry.text};
  }
  return values;
}

/// Whatever the edit's author believed about the text: the parser says what it means now.
bool changes_only(const TomlFile& before, const std::string& after, const SettingKey& key, bool is_set) {
  const TomlFile file = read_toml(after, is_key_table);
  return others(file, key) && others(before, key) == others(file, key) &&
         (find_entry(file, key) != nullptr) == is_set;
}

std::string as_basic_string(std::string_view text) {
  std::string literal = "\"";
  for (const char byte : text) {  // a setting holds no control characters
    if (byte == '"' || byte == '\\') literal += '\\';
    literal += byte;
  }
  return literal + '"';
}

/// `a = 1, ` or `, a = 1` of `{ a = 1, b = 2 }`.
Edit without_inline(std::string_view content, const TomlEntry& entry) {
  const auto separator = content.find_last_of("{,", entry.key_begin);
  if (content[separator] == ',') return {separator, entry.value_end, {}};
  const auto skip_blanks = [&](std::size_t at) { return content.find_first_not_of(" \t", at); };
  const auto begin = skip_blanks(separator + 1);
  const auto next = skip_blanks(entry.value_end);
  const bool is_first_of_many = next != content.npos && content[next] == ',';
  return {begin, is_first_of_many ? skip_blanks(next + 1) : entry.value_end, {}};
}

}  // namespace

std::string toml_literal(const SettingKey& key, std::string_view text) {
  if (key.type == "list" || key.type == "words") {
    std::vector<std::string> items;
    if (!text.empty()) items = split(text, ',');
    for (std::string& item : items) item = as_basic_string(item);
    return fmt::format("[{}]", join(items, ", "));
  }
  const bool bare = key.type == "number" || key.type == "integer" || key.type == "boolean";
  return bare ? std::string(text) : as_basic_string(text);
}

std::optional<std::string> set_in_toml(std::string_view content, const SettingKey& key,
                                       std::string_view literal) {
  const TomlFile file = read_toml(content, is_key_table);
  const TomlEntry* entry = find_entry(file, key);
  const auto places = entry == nullptr
                          ? places_for(content, file, key, literal)
                          : std::vector<Edit>{{entry->value_begin, entry->value_end, std::string(literal)}};
  for (const Edit& place : places) {
    auto changed = applied(content, place);
    if (changes_only(file, changed, key, true)) return changed;
  }
  return std::nullopt;
}

std::optional<std::string> unset_in_toml(std::string_view content, const SettingKey& key) {
  const TomlFile file = read_toml(content, is_key_table);
  const TomlEntry* entry = find_entry(file, key);
  if (entry == nullptr) return std::nullopt;
  const Edit edit = is_in_inline_table(content, *entry)
                        ? without_inline(content, *entry)
                        : Lines(content).without_lines(entry->key_begin, entry->value_end);
  auto changed = applied(content, edit);
  if (!changes_only(file, changed, key, false)) return std::nullopt;
  return changed;
}

}  // namespace cai
