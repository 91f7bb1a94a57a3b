#include "data/archive_reader.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <new>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

constexpr std::size_t most_after_end = 64U << 20U;
constexpr std::array<char, 64U << 10U> zeros{};
/// More than any disk holds, and far from where sums of sizes are no numbers any more.
constexpr std::int64_t most_bytes = std::int64_t{1} << 60U;

TarEntry::Type type_of(archive_entry* entry) {
  if (archive_entry_hardlink(entry) != nullptr) return TarEntry::Type::hard_link;
  switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
      return TarEntry::Type::file;
    case AE_IFDIR:
      return TarEntry::Type::directory;
    case AE_IFLNK:
      return TarEntry::Type::symbolic_link;
    default:
      return TarEntry::Type::other;
  }
}

std::string text_or_empty(const char* text) {
  return text == nullptr ? "" : text;
}

/// What a user may set, and what a program of root carries; not the kernel's and other systems' own.
bool is_kept(std::string_view attribute) {
  return attribute.starts_with("user.") || attribute == "security.capability";
}

TarEntry entry_from(archive_entry* found) {
  TarEntry entry;
  entry.type = type_of(found);
  entry.path = text_or_empty(archive_entry_pathname(found));
  if (entry.type == TarEntry::Type::hard_link) entry.link = text_or_empty(archive_entry_hardlink(found));
  if (entry.type == TarEntry::Type::symbolic_link) entry.link = text_or_empty(archive_entry_symlink(found));
  if (entry.type == TarEntry::Type::file) entry.size = archive_entry_size(found);
  entry.mode = static_cast<int>(archive_entry_perm(found));
  entry.uid = archive_entry_uid(found);
  entry.gid = archive_entry_gid(found);
  entry.modified = archive_entry_mtime(found);
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  archive_entry_xattr_reset(found);
  while (archive_entry_xattr_next(found, &name, &value, &size) == ARCHIVE_OK) {
    if (name != nullptr && is_kept(name)) entry.attributes[name] = {static_cast<const char*>(value), size};
  }
  return entry;
}

}  // namespace

void ArchiveReader::Free::operator()(archive* reader) const {
  archive_read_free(reader);
}

ArchiveReader::ArchiveReader(int file) : file_(file), reader_(archive_read_new()) {
  if (!reader_) throw std::bad_alloc();
  archive_read_support_format_tar(reader_.get());
  if (archive_read_open(reader_.get(), this, nullptr, give, nullptr) != ARCHIVE_OK) fail();
}

ArchiveReader::~ArchiveReader() = default;

/// No exception may pass through libarchive.
std::ptrdiff_t ArchiveReader::give(archive* /*reader*/, void* self, const void** piece) {
  auto& reader = *static_cast<ArchiveReader*>(self);
  try {
    const auto bytes = reader.next_piece();
    *piece = bytes.data();
    return static_cast<std::ptrdiff_t>(bytes.size());
  } catch (...) {
    reader.failure_ = std::current_exception();
    return -1;
  }
}

std::string_view ArchiveReader::next_piece() {
  const auto bytes = file_.next();
  all_given_ = bytes.empty();
  last_given_ += bytes.substr(bytes.size() - std::min(bytes.size(), tar_end().size()));
  last_given_.erase(0, last_given_.size() - std::min(last_given_.size(), tar_end().size()));
  return bytes;
}

void ArchiveReader::fail() const {
  if (failure_) std::rethrow_exception(failure_);
  const auto reason = text_or_empty(archive_error_string(reader_.get()));
  if (reason.find("Unrecognized archive format") != std::string::npos) {
    throw Error(ErrorKind::refused, "this is no tar archive")
        .hint("cai imports tar archives, plain or compressed by gzip, zstd, xz or bzip2");
  }
  throw damaged_archive(reason);
}

std::optional<TarEntry> ArchiveReader::next() {
  archive_entry* found = nullptr;
  const int result = archive_read_next_header(reader_.get(), &found);
  if (result == ARCHIVE_EOF) {
    require_end();
    return std::nullopt;
  }
  // A warning is about what cannot be converted to the locale's characters; names stay bytes here.
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN) fail();
  auto entry = entry_from(found);
  if (entry.size < 0 || entry.size > most_bytes)
    throw Error(ErrorKind::refused, "an entry of the archive has an impossible size");
  size_ = entry.size;
  position_ = 0;
  block_ = {};
  content_ended_ = entry.type != TarEntry::Type::file;
  return entry;
}

/// Where a file was cut between two entries it looks whole but for this: blocks of compression may end there
/// too. What follows the marker is read for its checksums, unless there is more than any padding has.
void ArchiveReader::require_end() {
  if (all_given_ && last_given_ != tar_end()) throw damaged_archive("it has no end marker");
  std::size_t rest = 0;
  while (!all_given_ && rest < most_after_end) rest += next_piece().size();
}

std::string_view ArchiveReader::read() {
  while (true) {
    if (!block_.empty() && position_ == block_at_) {
      const auto piece = std::exchange(block_, {});
      position_ += static_cast<std::int64_t>(piece.size());
      return piece;
    }
    const auto hole_end = !block_.empty() ? block_at_ : content_ended_ ? size_ : position_;
    if (position_ < hole_end) {
      const auto size = std::min<std::int64_t>(hole_end - position_, zeros.size());
      position_ += size;
      return {zeros.data(), static_cast<std::size_t>(size)};
    }
    if (content_ended_) return {};
    const void* data = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    const int result = archive_read_data_block(reader_.get(), &data, &size, &offset);
    if (result == ARCHIVE_EOF) {
      content_ended_ = true;
      continue;
    }
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN) fail();
    // Subtracted, because the sum of two numbers from an archive can overflow.
    if (offset < position_ || offset > size_ || static_cast<std::int64_t>(size) > size_ - offset) {
      throw damaged_archive("a sparse file's parts do not fit together");
    }
    block_ = {static_cast<const char*>(data), size};
    block_at_ = offset;
  }
}

}  // namespace cai
