// POSIX.1-2001 (pax) interchange format, and of GNU's the long names, as engines write them.
#include "agent/tar.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t block = 512;
constexpr std::size_t most_extended = 1U << 20U;

struct Field {
  std::size_t offset;
  std::size_t length;
};
constexpr Field name_at{0, 100}, mode_at{100, 8}, uid_at{108, 8}, gid_at{116, 8}, size_at{124, 12},
    time_at{136, 12}, sum_at{148, 8}, type_at{156, 1}, link_at{157, 100}, magic_at{257, 8},
    prefix_at{345, 155};

void put(std::string& header, Field field, std::string_view text) {
  header.replace(field.offset, std::min(text.size(), field.length), text.substr(0, field.length));
}
void put_octal(std::string& header, Field field, std::uint64_t value) {
  put(header, field, fmt::format("{:0{}o}", value, field.length - 1));
}

std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (fmt::formatted_size("{}", length) + rest != length) ++length;
  return fmt::format("{} {}={}\n", length, key, value);
}

struct HeaderFields {
  char type = '0';
  std::string_view name;
  std::string_view link;
  mode_t mode = 0644;
  uid_t uid = 0;
  gid_t gid = 0;
  std::uint64_t size = 0;
  std::uint64_t time = 0;
};

std::string plain_header(const HeaderFields& fields) {
  std::string header(block, '\0');
  put(header, name_at, fields.name);
  put_octal(header, mode_at, fields.mode & 07777U);
  put_octal(header, uid_at, fields.uid & 07777777U);
  put_octal(header, gid_at, fields.gid & 07777777U);
  put_octal(header, size_at, fields.size < (1ULL << 33U) ? fields.size : 0);
  put_octal(header, time_at, fields.time);
  put(header, type_at, std::string_view(&fields.type, 1));
  put(header, link_at, fields.link);
  put(header, magic_at, std::string_view("ustar\00000", 8));
  put(header, sum_at, "        ");
  std::size_t sum = 0;
  for (const char byte : header) sum += static_cast<unsigned char>(byte);
  put(header, sum_at, std::string_view(fmt::format("{:06o}", sum) + '\0' + ' '));
  return header;
}

std::string full_header(const HeaderFields& fields) {
  std::string extended;
  if (fields.name.size() > name_at.length) extended += pax_record("path", fields.name);
  if (fields.link.size() > link_at.length) extended += pax_record("linkpath", fields.link);
  if (fields.size >= (1ULL << 33U)) extended += pax_record("size", std::to_string(fields.size));
  if (fields.uid > 07777777U) extended += pax_record("uid", std::to_string(fields.uid));
  if (fields.gid > 07777777U) extended += pax_record("gid", std::to_string(fields.gid));
  std::string text;
  if (!extended.empty()) {
    text = plain_header({.type = 'x', .name = "pax", .link = {}, .size = extended.size()}) + extended;
    text.append((block - text.size() % block) % block, '\0');
  }
  return text + plain_header(fields);
}

std::string_view text_at(std::string_view header, Field field) {
  const auto text = header.substr(field.offset, field.length);
  return text.substr(0, text.find('\0'));
}

std::uint64_t number_at(std::string_view header, Field field) {
  const auto text = header.substr(field.offset, field.length);
  std::uint64_t value = 0;
  if ((static_cast<unsigned char>(text.front()) & 0x80U) != 0) {  // base 256, for large files
    for (std::size_t i = field.length - 8; i < field.length; ++i) {
      value = (value << 8U) | static_cast<unsigned char>(text[i]);
    }
    return value;
  }
  for (const char c : text) {
    if (c >= '0' && c <= '7') value = value * 8 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

Error trouble(const std::string& doing, const std::string& name) {
  return {ErrorKind::failed,
          fmt::format("cannot {} {}: {}", doing, escape_for_terminal(name), std::strerror(errno))};
}

}  // namespace

TarWriter::TarWriter(const fs::path& source, const std::string& name, uid_t uid, gid_t gid)
    : uid_(uid), gid_(gid) {
  entries_.push_back({source, name});
  if (!fs::is_directory(fs::symlink_status(source))) return;
  for (fs::recursive_directory_iterator it(source), end; it != end; ++it) {
    entries_.push_back({it->path(), name + "/" +
                                        fs::relative(it->path().parent_path(), source).generic_string() +
                                        "/" + it->path().filename().string()});
    auto& made = entries_.back().name;
    if (const auto dot = made.find("/./"); dot != std::string::npos) made.erase(dot, 2);
  }
}

void TarWriter::begin(const Entry& entry) {
  struct stat seen = {};
  if (lstat(entry.path.c_str(), &seen) != 0) return;
  HeaderFields fields{.name = entry.name, .link = {}, .mode = seen.st_mode, .uid = uid_, .gid = gid_};
  fields.time = static_cast<std::uint64_t>(std::max<time_t>(seen.st_mtime, 0));
  if (S_ISDIR(seen.st_mode)) {
    fields.type = '5';
    buffer_ = full_header(fields);
  } else if (S_ISLNK(seen.st_mode)) {
    const std::string target = fs::read_symlink(entry.path).string();
    fields.type = '2';
    fields.link = target;
    buffer_ = full_header(fields);
  } else if (S_ISREG(seen.st_mode)) {
    file_.reset(open(entry.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file_.valid()) throw trouble("read", entry.path.string());
    left_ = fields.size = static_cast<std::uint64_t>(seen.st_size);
    padding_ = (block - left_ % block) % block;
    buffer_ = full_header(fields);
  }
}

std::string_view TarWriter::next() {
  buffer_.clear();
  if (file_.valid() && left_ == 0) {
    file_.reset();
    buffer_.assign(padding_, '\0');
    if (!buffer_.empty()) return buffer_;
  }
  if (file_.valid()) {
    buffer_.resize(std::min<std::uint64_t>(left_, 256U << 10U));
    const ssize_t count = read(file_.get(), buffer_.data(), buffer_.size());
    if (count < 0) throw trouble("read", entries_[at_ - 1].path.string());
    if (count > 0)
      buffer_.resize(static_cast<std::size_t>(count));
    else
      std::fill(buffer_.begin(), buffer_.end(), '\0');
    left_ -= buffer_.size();
    return buffer_;
  }
  while (buffer_.empty() && at_ < entries_.size()) begin(entries_[at_++]);
  if (buffer_.empty() && !ended_) {
    ended_ = true;
    buffer_.assign(2 * block, '\0');
  }
  return buffer_;
}

UniqueFd TarReader::open_parent(const std::vector<std::string>& parts) {
  UniqueFd directory(open(destination_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) throw trouble("open", destination_.parent_path().string());
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    if (mkdirat(directory.get(), parts[i].c_str(), 0755) != 0 && errno != EEXIST)
      throw trouble("make", parts[i]);
    UniqueFd below(
        openat(directory.get(), parts[i].c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!below.valid()) throw trouble("open", parts[i]);
    directory = std::move(below);
  }
  return directory;
}

void TarReader::entry(char type, std::string name, std::string link, mode_t mode) {
  std::vector<std::string> parts;
  for (const auto& part : split(name, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") throw Error(ErrorKind::failed, "the archive names a file outside itself");
    parts.push_back(part);
  }
  // The first component is the copied object itself.
  if (parts.empty()) parts.emplace_back();
  parts[0] = destination_.filename().string();
  const auto parent = open_parent(parts);
  const char* last = parts.back().c_str();
  ++files_;
  if (type == '5') {
    if (mkdirat(parent.get(), last, 0755) != 0 && errno != EEXIST) throw trouble("make", name);
    struct stat seen = {};
    if (fstatat(parent.get(), last, &seen, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(seen.st_mode)) {
      throw Error(ErrorKind::failed,
                  fmt::format("{} is no directory on the host", escape_for_terminal(name)));
    }
    // What we could not enter ourselves could not be filled.
    fchmodat(parent.get(), last, (mode & 0777U) | 0700U, 0);
  } else if (type == '2') {
    unlinkat(parent.get(), last, 0);
    if (symlinkat(link.c_str(), parent.get(), last) != 0) throw trouble("make the link", name);
  } else if (type == '0' || type == '\0') {
    unlinkat(parent.get(), last, 0);
    file_.reset(openat(parent.get(), last, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file_.valid()) throw trouble("write", name);
    mode_ = mode & 0777U;
  } else {
    --files_;
    left_out_.push_back(name);
  }
}

/// "LENGTH key=value\n" records.
void TarReader::apply_extended() {
  std::string_view rest = extended_;
  while (!rest.empty()) {
    const auto space = rest.find(' ');
    const auto length = parse_integer(rest.substr(0, space));
    if (space == std::string_view::npos || !length || *length <= static_cast<std::int64_t>(space) + 1 ||
        static_cast<std::size_t>(*length) > rest.size()) {
      throw Error(ErrorKind::failed, "the archive has a broken extended header");
    }
    const auto record = rest.substr(space + 1, static_cast<std::size_t>(*length) - space - 2);
    const auto equals = record.find('=');
    const auto key = record.substr(0, equals);
    const std::string value(equals == std::string_view::npos ? "" : record.substr(equals + 1));
    if (key == "path") long_name_ = value;
    if (key == "linkpath") long_link_ = value;
    if (key == "size") real_size_ = value;
    rest.remove_prefix(static_cast<std::size_t>(*length));
  }
}

void TarReader::header(std::string_view bytes) {
  if (std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == '\0'; })) {
    ++zero_blocks_;
    return;
  }
  const char type = bytes[type_at.offset];
  left_ = number_at(bytes, size_at);
  if (type == 'x' || type == 'L' || type == 'K' || type == 'g') {
    if (left_ > most_extended)
      throw Error(ErrorKind::failed, "the archive has an extended header that is too long");
    skip_ = (block - left_ % block) % block;
    collecting_ = type;
    extended_.clear();
    return;
  }
  std::string name(text_at(bytes, name_at));
  const auto prefix = text_at(bytes, prefix_at);
  if (bytes.substr(magic_at.offset, 6) == std::string_view("ustar\0", 6) && !prefix.empty()) {
    name = std::string(prefix) + "/" + name;
  }
  std::string link(text_at(bytes, link_at));
  if (!long_name_.empty()) name = std::exchange(long_name_, {});
  if (!long_link_.empty()) link = std::exchange(long_link_, {});
  if (!real_size_.empty()) left_ = static_cast<std::uint64_t>(parse_integer(real_size_).value_or(0));
  real_size_.clear();
  if (type != '0' && type != '\0') left_ = 0;
  skip_ = (block - left_ % block) % block;
  entry(type, std::move(name), std::move(link), static_cast<mode_t>(number_at(bytes, mode_at)));
}

void TarReader::content(std::string_view bytes) {
  if (collecting_ != 0) {
    extended_ += bytes;
    return;
  }
  while (!bytes.empty()) {
    const ssize_t count = write(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw trouble("write below", destination_.string());
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void TarReader::feed(std::string_view bytes) {
  while (true) {
    if (left_ == 0 && collecting_ != 0) {
      const char type = std::exchange(collecting_, '\0');
      while (type != 'x' && !extended_.empty() && extended_.back() == '\0') extended_.pop_back();
      if (type == 'x') apply_extended();
      if (type == 'L') long_name_ = extended_;
      if (type == 'K') long_link_ = extended_;
    }
    if (left_ == 0 && file_.valid()) {
      fchmod(file_.get(), mode_);
      file_.reset();
    }
    if (bytes.empty()) return;
    if (left_ > 0) {
      const auto part =
          bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
      content(part);
      left_ -= part.size();
      bytes.remove_prefix(part.size());
    } else if (skip_ > 0) {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, bytes.size()));
      skip_ -= count;
      bytes.remove_prefix(count);
    } else {
      const auto count = std::min(block - pending_.size(), bytes.size());
      pending_ += bytes.substr(0, count);
      bytes.remove_prefix(count);
      if (pending_.size() < block) return;
      const std::string complete = pending_;
      pending_.clear();
      header(complete);
    }
  }
}

void TarReader::finish() {
  feed({});
  if (left_ > 0 || zero_blocks_ == 0)
    throw Error(ErrorKind::failed, "the archive from the box ended too early");
}

}  // namespace cai
