#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cai/data/tar.hpp"
#include "data/expanded_file.hpp"

struct archive;

namespace cai {

/// Reads a tar through libarchive, which knows its many dialects and is fuzzed by others. Names come out as
/// the bytes that are in the archive. Throws Error(refused) for what is damaged, cut or no tar.
class ArchiveReader {
 public:
  /// `file`: a regular file, borrowed, which nobody else reads meanwhile; from its beginning.
  explicit ArchiveReader(int file);
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;
  ~ArchiveReader();

  /// The next entry with its name as it stands there (no plain_path); nullopt at the end.
  std::optional<TarEntry> next();
  /// The next piece of the entry's content, holes as zeros; "" at its end. Valid until the next call.
  std::string_view read();

 private:
  /// For libarchive: the next piece of the file.
  static std::ptrdiff_t give(archive* reader, void* self, const void** piece);
  std::string_view next_piece();
  void require_end();
  [[noreturn]] void fail() const;

  ExpandedFile file_;
  std::exception_ptr failure_;  ///< of the file, on its way through libarchive
  bool all_given_ = false;
  std::string last_given_;  ///< its last bytes
  struct Free {
    void operator()(archive* reader) const;
  };
  std::unique_ptr<archive, Free> reader_;
  std::int64_t size_ = 0;      ///< of the entry in work
  std::int64_t position_ = 0;  ///< in its content
  std::string_view block_;     ///< of content that comes after a hole
  std::int64_t block_at_ = 0;
  bool content_ended_ = true;
};

}  // namespace cai
