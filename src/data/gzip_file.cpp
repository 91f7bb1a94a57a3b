#include "data/gzip_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <new>

#include "data/system_failure.hpp"

namespace cai {
namespace {

constexpr std::string_view magic = "\x1f\x8b";
/// Room for the largest member that is expanded as a whole, however badly it is compressed, and its header.
constexpr std::size_t buffer_size = 4 * archive_block;
constexpr std::size_t least_buffered = 2 * archive_block;
/// The window that deflate has, and gzip's header and checksum around it.
constexpr int gzip_window = MAX_WBITS + 16;

std::size_t read_at(int file, std::span<char> room, std::int64_t position) {
  while (true) {
    const auto count = pread(file, room.data(), room.size(), position);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) throw system_failure(errno, "read the archive");
  }
}

}  // namespace

bool is_gzip(int file) {
  std::array<char, magic.size()> beginning{};
  const auto size = read_at(file, beginning, 0);
  return std::string_view(beginning.data(), size) == magic;
}

void GzipFile::Free::operator()(libdeflate_decompressor* decompressor) const {
  libdeflate_free_decompressor(decompressor);
}

GzipFile::GzipFile(int file)
    : file_(file),
      buffer_(std::make_unique_for_overwrite<char[]>(buffer_size)),
      whole_(libdeflate_alloc_decompressor()) {
  if (!whole_ || inflateInit2(&piecewise_, gzip_window) != Z_OK) throw std::bad_alloc();
}

GzipFile::~GzipFile() {
  inflateEnd(&piecewise_);
}

/// Fills the buffer behind what is left in it.
void GzipFile::read_more() {
  if (all_read_) return;
  std::ranges::copy(packed_, buffer_.get());
  auto end = packed_.size();
  while (end < buffer_size && !all_read_) {
    const auto count = read_at(file_, std::span(buffer_.get() + end, buffer_size - end), position_);
    end += count;
    position_ += static_cast<std::int64_t>(count);
    all_read_ = count == 0;
  }
  packed_ = {buffer_.get(), end};
}

bool GzipFile::begins_member() {
  if (packed_.size() < least_buffered) read_more();
  return packed_.starts_with(magic);
}

/// False: there is no whole member of this size, and nothing was used of the file.
bool GzipFile::expand_whole_member(std::span<char> room, std::size_t& size) {
  std::size_t used = 0;
  const auto result = libdeflate_gzip_decompress_ex(whole_.get(), packed_.data(), packed_.size(), room.data(),
                                                    room.size(), &used, &size);
  if (result != LIBDEFLATE_SUCCESS) return false;
  packed_.remove_prefix(used);
  return true;
}

/// The next bytes of the member in work; 0: it has ended.
std::size_t GzipFile::expand_piece(std::span<char> room) {
  piecewise_.next_out = reinterpret_cast<Bytef*>(room.data());
  piecewise_.avail_out = static_cast<uInt>(room.size());
  while (in_member_ && piecewise_.avail_out > 0) {
    if (packed_.empty()) read_more();
    piecewise_.next_in = reinterpret_cast<const Bytef*>(packed_.data());
    piecewise_.avail_in = static_cast<uInt>(packed_.size());
    const int result = inflate(&piecewise_, Z_NO_FLUSH);
    packed_.remove_prefix(packed_.size() - piecewise_.avail_in);
    if (result == Z_MEM_ERROR) throw std::bad_alloc();
    if (result == Z_BUF_ERROR) throw damaged_archive("truncated gzip input");
    if (result != Z_OK && result != Z_STREAM_END) {
      throw damaged_archive(piecewise_.msg == nullptr ? "gzip decompression failed" : piecewise_.msg);
    }
    in_member_ = result != Z_STREAM_END;
  }
  return room.size() - piecewise_.avail_out;
}

std::size_t GzipFile::fill(std::span<char> room) {
  std::size_t size = 0;
  while (size == 0) {  // members may be empty
    if (!in_member_) {
      if (!begins_member()) return 0;
      if (!is_piecewise_ && expand_whole_member(room, size)) continue;
      is_piecewise_ = in_member_ = true;
      inflateReset(&piecewise_);
    }
    size = expand_piece(room);
  }
  return size;
}

}  // namespace cai
