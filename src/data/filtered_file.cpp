#include "data/filtered_file.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include <new>

namespace cai {
namespace {

constexpr std::size_t block_size = 128U << 10U;

Error failure(archive* reader) {
  const char* reason = archive_error_string(reader);
  return damaged_archive(reason == nullptr ? "" : reason);
}

}  // namespace

void FilteredFile::Free::operator()(archive* reader) const {
  archive_read_free(reader);
}

FilteredFile::FilteredFile(int file) : reader_(archive_read_new()) {
  if (!reader_) throw std::bad_alloc();
  archive_read_support_format_raw(reader_.get());    // the whole is one entry
  archive_read_support_format_empty(reader_.get());  // or none
  archive_read_support_filter_zstd(reader_.get());
  archive_read_support_filter_xz(reader_.get());
  archive_read_support_filter_bzip2(reader_.get());
  archive_entry* whole = nullptr;
  if (lseek(file, 0, SEEK_SET) != 0 || archive_read_open_fd(reader_.get(), file, block_size) != ARCHIVE_OK) {
    throw failure(reader_.get());
  }
  const int result = archive_read_next_header(reader_.get(), &whole);
  empty_ = result == ARCHIVE_EOF;
  if (result != ARCHIVE_OK && !empty_) throw failure(reader_.get());
}

std::size_t FilteredFile::fill(std::span<char> room) {
  if (empty_) return 0;
  const auto size = archive_read_data(reader_.get(), room.data(), room.size());
  if (size < 0) throw failure(reader_.get());
  return static_cast<std::size_t>(size);
}

}  // namespace cai
