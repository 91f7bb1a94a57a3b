#include "cai/data/tar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cai/base/error.hpp"

namespace cai {
namespace {

struct Field {
  std::size_t offset;
  std::size_t length;
};

// POSIX.1-2017, pax, "ustar Interchange Format".
constexpr Field name_at{0, 100};
constexpr Field mode_at{100, 8};
constexpr Field uid_at{108, 8};
constexpr Field gid_at{116, 8};
constexpr Field size_at{124, 12};
constexpr Field time_at{136, 12};
constexpr Field checksum_at{148, 8};
constexpr std::size_t type_at = 156;
constexpr Field link_at{157, 100};
constexpr Field magic_at{257, 8};

void put(std::string& header, Field field, std::string_view text) {
  header.replace(field.offset, std::min(text.size(), field.length), text.substr(0, field.length));
}

bool fits_octal(Field field, std::int64_t value) {
  return value >= 0 && value < std::int64_t{1} << (3 * (field.length - 1));
}

/// Values that do not fit stand in a pax record.
void put_octal(std::string& header, Field field, std::int64_t value) {
  put(header, field, fmt::format("{:0{}o}", fits_octal(field, value) ? value : 0, field.length - 1));
}

struct Numbers {
  int mode = 0644;
  std::int64_t uid = 0;
  std::int64_t gid = 0;
  std::int64_t size = 0;
  std::int64_t modified = 0;
};

std::string ustar_header(char type, std::string_view name, std::string_view link, const Numbers& numbers) {
  std::string header(tar_block, '\0');
  put(header, name_at, name);
  put_octal(header, mode_at, numbers.mode);
  put_octal(header, uid_at, numbers.uid);
  put_octal(header, gid_at, numbers.gid);
  put_octal(header, size_at, numbers.size);
  put_octal(header, time_at, numbers.modified);
  header[type_at] = type;
  put(header, link_at, link);
  put(header, magic_at, std::string_view("ustar\00000", 8));
  put(header, checksum_at, "        ");  // the sum counts its own field as blanks
  std::size_t sum = 0;
  for (const char byte : header) sum += static_cast<unsigned char>(byte);
  put(header, checksum_at, fmt::format("{:06o}", sum) + '\0' + ' ');
  return header;
}

/// "LENGTH key=value\n", where LENGTH counts itself.
std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (fmt::formatted_size("{}", length) + rest != length) ++length;
  return fmt::format("{} {}={}\n", length, key, value);
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string pax_records(const TarEntry& entry, const std::string& name) {
  std::string records;
  const auto add_text = [&](std::string_view key, std::string_view value, Field field) {
    if (value.size() > field.length || !is_ascii(value)) records += pax_record(key, value);
  };
  const auto add_number = [&](std::string_view key, std::int64_t value, Field field) {
    if (!fits_octal(field, value)) records += pax_record(key, std::to_string(value));
  };
  add_text("path", name, name_at);
  add_text("linkpath", entry.link, link_at);
  add_number("size", entry.size, size_at);
  add_number("uid", entry.uid, uid_at);
  add_number("gid", entry.gid, gid_at);
  add_number("mtime", entry.modified, time_at);
  for (const auto& [key, value] : entry.attributes) records += pax_record("SCHILY.xattr." + key, value);
  return records;
}

char type_letter(TarEntry::Type type) {
  switch (type) {
    case TarEntry::Type::file:
      return '0';
    case TarEntry::Type::hard_link:
      return '1';
    case TarEntry::Type::symbolic_link:
      return '2';
    case TarEntry::Type::directory:
      return '5';
    case TarEntry::Type::other:
      break;
  }
  throw Error(ErrorKind::failed, "an entry of this kind cannot be written to an archive");
}

}  // namespace

std::size_t tar_padding(std::int64_t size) {
  const auto over = static_cast<std::size_t>(size) % tar_block;
  return over == 0 ? 0 : tar_block - over;
}

std::string_view tar_end() {
  static constexpr std::array<char, 2 * tar_block> zeros{};
  return {zeros.data(), zeros.size()};
}

std::string tar_header(const TarEntry& entry) {
  std::string name = "./" + entry.path;
  if (entry.type == TarEntry::Type::directory && !entry.path.empty()) name += '/';
  TarEntry shown = entry;
  if (entry.type == TarEntry::Type::hard_link) shown.link = "./" + entry.link;
  if (entry.type != TarEntry::Type::file) shown.size = 0;
  std::string header;
  if (const auto records = pax_records(shown, name); !records.empty()) {
    header = ustar_header('x', "./PaxHeaders/entry", "",
                          {.size = static_cast<std::int64_t>(records.size()), .modified = 0});
    header += records;
    header.append(tar_padding(static_cast<std::int64_t>(records.size())), '\0');
  }
  return header + ustar_header(type_letter(entry.type), name, shown.link,
                               {entry.mode, entry.uid, entry.gid, shown.size, entry.modified});
}

std::string plain_path(std::string_view name) {
  std::string path;
  while (!name.empty()) {
    const auto slash = std::min(name.find('/'), name.size());
    const auto component = name.substr(0, slash);
    if (!component.empty() && component != ".") {
      if (!path.empty()) path += '/';
      path += component;
    }
    name.remove_prefix(std::min(slash + 1, name.size()));
  }
  return path;
}

}  // namespace cai
