#include "cai/data/tar_filter.hpp"

#include <algorithm>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

/// No honest name or set of attributes is larger.
constexpr std::uint64_t max_extension = 1U << 20U;

Error no_tar(const std::string& what) {
  return {ErrorKind::failed, "the container engine did not send a tar archive: " + what};
}

std::string text_at(std::string_view header, std::size_t offset, std::size_t length) {
  const auto field = header.substr(offset, length);
  return std::string(field.substr(0, std::min(field.find('\0'), field.size())));
}

/// Octal text, or base 256 when the first bit is set (GNU, star).
std::int64_t number_at(std::string_view header, std::size_t offset, std::size_t length) {
  const auto field = header.substr(offset, length);
  std::uint64_t value = 0;
  if ((static_cast<unsigned char>(field[0]) & 0x80U) != 0) {
    for (const char c : field.substr(1)) value = (value << 8U) | static_cast<unsigned char>(c);
    return static_cast<std::int64_t>(value);
  }
  for (const char c : field) {
    if (c < '0' || c > '7') {
      if (c == ' ' && value == 0) continue;
      break;
    }
    value = (value << 3U) | static_cast<unsigned>(c - '0');
  }
  return static_cast<std::int64_t>(value);
}

bool has_valid_checksum(std::string_view header) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < header.size(); ++i) {
    sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(header[i]);
  }
  return sum == number_at(header, 148, 8);
}

std::map<std::string, std::string> parse_pax(std::string_view text) {
  std::map<std::string, std::string> records;
  while (!text.empty() && text.front() != '\0') {
    const auto space = text.find(' ');
    const auto length = space == text.npos ? std::nullopt : parse_integer(text.substr(0, space));
    if (!length || *length <= static_cast<std::int64_t>(space) + 1 ||
        *length > static_cast<std::int64_t>(text.size())) {
      throw no_tar("a pax header cannot be read");
    }
    const auto record = text.substr(space + 1, static_cast<std::size_t>(*length) - space - 2);
    const auto equals = record.find('=');
    if (equals == record.npos) throw no_tar("a pax header cannot be read");
    records[std::string(record.substr(0, equals))] = record.substr(equals + 1);
    text.remove_prefix(static_cast<std::size_t>(*length));
  }
  return records;
}

TarEntry::Type type_of(char letter) {
  switch (letter) {
    case '0':
    case '\0':
    case '7':
      return TarEntry::Type::file;
    case '1':
      return TarEntry::Type::hard_link;
    case '2':
      return TarEntry::Type::symbolic_link;
    case '5':
      return TarEntry::Type::directory;
    default:
      return TarEntry::Type::other;
  }
}

}  // namespace

void TarFilter::feed(std::string_view bytes) {
  while (!bytes.empty() && !complete_) {
    if (part_ == Part::header || part_ == Part::extension) {
      const std::size_t wanted = part_ == Part::header ? tar_block : static_cast<std::size_t>(left_);
      const auto piece = bytes.substr(0, wanted - block_.size());
      block_ += piece;
      bytes.remove_prefix(piece.size());
      if (block_.size() < wanted) return;
      part_ == Part::header ? header_done() : extension_done();
      continue;
    }
    const auto piece =
        bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
    skip_or_pass(piece);
    bytes.remove_prefix(piece.size());
    left_ -= piece.size();
    if (left_ == 0) finish_entry();
  }
}

void TarFilter::header_done() {
  if (std::ranges::all_of(block_, [](char c) { return c == '\0'; })) {
    complete_ = true;
    return;
  }
  if (!has_valid_checksum(block_)) throw no_tar("a header's checksum is wrong");
  pending_ += block_;
  const char type = block_[156];
  const auto size = number_at(block_, 124, 12);
  if (size < 0) throw no_tar("an entry has a negative size");
  if (type == 'x' || type == 'g' || type == 'L' || type == 'K') {
    if (static_cast<std::uint64_t>(size) > max_extension) throw no_tar("a header is too large");
    extension_ = type;
    left_ = static_cast<std::uint64_t>(size) + tar_padding(size);
    records_[".size"] = std::to_string(size);
    part_ = Part::extension;
    block_.clear();
    if (left_ == 0) extension_done();
    return;
  }
  begin_entry(type);
}

void TarFilter::extension_done() {
  pending_ += block_;
  const auto size = static_cast<std::size_t>(parse_integer(records_[".size"]).value_or(0));
  records_.erase(".size");
  const auto text = std::string_view(block_).substr(0, size);
  const auto until_zero = std::string(text.substr(0, std::min(text.find('\0'), text.size())));
  if (extension_ == 'x') {
    for (auto& [key, value] : parse_pax(text)) records_[key] = value;
  }
  if (extension_ == 'L') records_["path"] = until_zero;
  if (extension_ == 'K') records_["linkpath"] = until_zero;
  block_.clear();
  part_ = Part::header;
}

void TarFilter::begin_entry(char type) {
  const auto text = [&](const char* key, std::string fallback) {
    const auto found = records_.find(key);
    return found == records_.end() ? std::move(fallback) : found->second;
  };
  const auto number = [&](const char* key, std::size_t offset, std::size_t length) {
    const auto found = records_.find(key);
    if (found == records_.end()) return number_at(block_, offset, length);
    // Times have fractions: the whole seconds count.
    const auto whole = std::string_view(found->second).substr(0, found->second.find('.'));
    const auto value = parse_integer(whole);
    if (!value) throw no_tar("a pax header cannot be read");
    return *value;
  };
  auto name = text_at(block_, 0, 100);
  if (const auto prefix = text_at(block_, 345, 155);
      block_.substr(257, 6) == std::string("ustar\0", 6) && !prefix.empty()) {
    name = prefix + "/" + name;
  }
  entry_ = {};
  entry_.type = type_of(type);
  entry_.path = plain_path(text("path", name));
  entry_.link = text("linkpath", text_at(block_, 157, 100));
  if (entry_.type == TarEntry::Type::hard_link) entry_.link = plain_path(entry_.link);
  entry_.size = number("size", 124, 12);
  entry_.mode = static_cast<int>(number_at(block_, 100, 8) & 07777);
  entry_.uid = number("uid", 108, 8);
  entry_.gid = number("gid", 116, 8);
  entry_.modified = number("mtime", 136, 12);
  for (const auto& [key, value] : records_) {
    constexpr std::string_view prefix = "SCHILY.xattr.";
    if (key.starts_with(prefix)) entry_.attributes[key.substr(prefix.size())] = value;
  }
  if (entry_.size < 0) throw no_tar("an entry has a negative size");
  records_.clear();
  block_.clear();
  wanted_ = target_.begin(entry_);
  if (wanted_) target_.raw(pending_);
  pending_.clear();
  left_ = static_cast<std::uint64_t>(entry_.size);
  part_ = Part::content;
  if (left_ == 0) finish_entry();
}

void TarFilter::skip_or_pass(std::string_view bytes) {
  if (!wanted_) return;
  target_.raw(bytes);
  if (part_ == Part::content) target_.content(bytes);
}

/// Called at the end of the content, and again at the end of the padding if there is any.
void TarFilter::finish_entry() {
  if (part_ == Part::content) {
    left_ = tar_padding(entry_.size);
    part_ = Part::padding;
    if (left_ > 0) return;
  }
  part_ = Part::header;
  if (wanted_) target_.end(entry_);
}

}  // namespace cai
