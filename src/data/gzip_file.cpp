#include "data/gzip_file.hpp"

#include <new>

namespace cai {
namespace {

constexpr std::string_view magic = "\x1f\x8b";
/// Room for the largest member that is expanded as a whole, however badly it is compressed, and its header.
constexpr std::size_t buffer_size = 4 * archive_block;
constexpr std::size_t least_buffered = 2 * archive_block;
/// The window that deflate has, and gzip's header and checksum around it.
constexpr int gzip_window = MAX_WBITS + 16;

}  // namespace

bool is_gzip(int file) {
  return ReadAhead(file, 0, magic.size()).ahead(magic.size()) == magic;
}

void GzipFile::Free::operator()(libdeflate_decompressor* decompressor) const {
  libdeflate_free_decompressor(decompressor);
}

GzipFile::GzipFile(int file, std::int64_t begin)
    : file_(file, begin, buffer_size), whole_(libdeflate_alloc_decompressor()) {
  if (!whole_ || inflateInit2(&piecewise_, gzip_window) != Z_OK) throw std::bad_alloc();
}

GzipFile::~GzipFile() {
  inflateEnd(&piecewise_);
}

bool GzipFile::begins_member() {
  return file_.ahead(least_buffered).starts_with(magic);
}

/// False: there is no whole member of this size, and nothing was used of the file.
bool GzipFile::expand_whole_member(std::span<char> room, std::size_t& size) {
  const auto packed = file_.ahead(least_buffered);
  std::size_t used = 0;
  const auto result = libdeflate_gzip_decompress_ex(whole_.get(), packed.data(), packed.size(), room.data(),
                                                    room.size(), &used, &size);
  if (result != LIBDEFLATE_SUCCESS) return false;
  file_.skip(used);
  return true;
}

/// The next bytes of the member in work; 0: it has ended.
std::size_t GzipFile::expand_piece(std::span<char> room) {
  piecewise_.next_out = reinterpret_cast<Bytef*>(room.data());
  piecewise_.avail_out = static_cast<uInt>(room.size());
  while (in_member_ && piecewise_.avail_out > 0) {
    const auto packed = file_.ahead(1);
    piecewise_.next_in = reinterpret_cast<const Bytef*>(packed.data());
    piecewise_.avail_in = static_cast<uInt>(packed.size());
    const int result = inflate(&piecewise_, Z_NO_FLUSH);
    file_.skip(packed.size() - piecewise_.avail_in);
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
