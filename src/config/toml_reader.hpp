#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cai {

enum class TomlKind { string, integer, number, boolean, strings, other };

/// One key of a file with its place.
struct TomlEntry {
  std::string key;  ///< dotted; a part that itself holds a dot is in quotes, so that it is no key of ours
  TomlKind kind = TomlKind::other;
  std::string text;      ///< an array's strings joined with commas; of `other` its kind in words
  std::size_t line = 0;  ///< from 1
  std::size_t column = 0;
  // Offsets into the text, for who changes it; zero in a problem.
  std::size_t key_begin = 0;  ///< of the last part of the key
  std::size_t value_begin = 0;
  std::size_t value_end = 0;
};

/// A `[table]` line that is there, or that a deeper one such as `[table.inner]` implies.
struct TomlHeader {
  std::string name;
  std::size_t begin = 0;  ///< of its bracket
};

struct TomlFile {
  std::vector<TomlEntry> entries;    ///< in the order of the file
  std::vector<TomlHeader> headers;   ///< of tables that were opened, in the order of the file
  std::optional<TomlEntry> problem;  ///< why it is no TOML, in `text`
};

/// The only door to toml++. Tables for which `is_table` says yes are opened, everything else is an entry.
TomlFile read_toml(std::string_view content, bool (*is_table)(std::string_view));

}  // namespace cai
