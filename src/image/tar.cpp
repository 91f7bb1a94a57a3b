// POSIX.1-2001 (pax) interchange format, the part that a build context needs: files and symbolic links.
// Owners and times are always 0, so that the same files give the same bytes.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "cai/image/template.hpp"

namespace cai {
namespace {

constexpr std::size_t block = 512;
constexpr std::size_t name_field = 100;

/// Where each field of a ustar header begins, and how long it is.
struct Field {
  std::size_t offset;
  std::size_t length;
};
constexpr Field name_at{0, name_field}, mode_at{100, 8}, uid_at{108, 8}, gid_at{116, 8}, size_at{124, 12},
    time_at{136, 12}, checksum_at{148, 8}, type_at{156, 1}, link_at{157, name_field}, magic_at{257, 8};

void put(std::string& header, Field field, std::string_view text) {
  header.replace(field.offset, std::min(text.size(), field.length), text.substr(0, field.length));
}

void put_octal(std::string& header, Field field, std::size_t value) {
  put(header, field, fmt::format("{:0{}o}", value, field.length - 1));
}

void pad_to_block(std::string& tar) {
  tar.append((block - tar.size() % block) % block, '\0');
}

void append_entry(std::string& tar, char type, std::string_view name, std::string_view link, int mode,
                  std::string_view content) {
  std::string header(block, '\0');
  put(header, name_at, name);
  put_octal(header, mode_at, static_cast<std::size_t>(mode));
  put_octal(header, uid_at, 0);
  put_octal(header, gid_at, 0);
  put_octal(header, size_at, content.size());
  put_octal(header, time_at, 0);
  put(header, type_at, std::string_view(&type, 1));
  put(header, link_at, link);
  put(header, magic_at, std::string_view("ustar\00000", 8));
  put(header, checksum_at, "        ");
  std::size_t sum = 0;
  for (const char byte : header) sum += static_cast<unsigned char>(byte);
  put(header, checksum_at, std::string_view(fmt::format("{:06o}", sum) + '\0' + ' '));
  tar += header;
  tar += content;
  pad_to_block(tar);
}

/// "LENGTH key=value\n", where LENGTH counts itself.
std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (fmt::formatted_size("{}", length) + rest != length) ++length;
  return fmt::format("{} {}={}\n", length, key, value);
}

void append_file(std::string& tar, const ContextFile& file) {
  const std::string_view link = file.symbolic_link ? std::string_view(file.content) : std::string_view();
  std::string extended;
  if (file.path.size() > name_field) extended += pax_record("path", file.path);
  if (link.size() > name_field) extended += pax_record("linkpath", link);
  if (!extended.empty()) append_entry(tar, 'x', "pax", "", 0644, extended);
  const int mode = file.symbolic_link ? 0777 : (file.mode & 0111) != 0 ? 0755 : 0644;
  append_entry(tar, file.symbolic_link ? '2' : '0', file.path, link, mode,
               file.symbolic_link ? std::string_view() : std::string_view(file.content));
}

}  // namespace

std::string context_tar(const Template& chosen) {
  std::size_t size = 2 * block;
  for (const ContextFile& file : chosen.files) size += file.content.size() + 2 * block;
  std::string tar;
  tar.reserve(size);
  for (const ContextFile& file : chosen.files) append_file(tar, file);
  tar.append(2 * block, '\0');
  return tar;
}

}  // namespace cai
