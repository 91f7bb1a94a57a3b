#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "cai/data/tar.hpp"

struct archive;
struct archive_entry;

namespace cai {

/// Reads a tar through libarchive, which knows its many dialects and is fuzzed by others. Names come out as
/// the bytes that are in the archive. Throws Error(refused) for what is damaged, cut or no tar.
class ArchiveReader {
 public:
  /// `file`: a regular file, borrowed; read from its beginning.
  explicit ArchiveReader(int file);
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;
  ~ArchiveReader();

  /// The next entry with its name as it stands there (no plain_path); nullopt at the end.
  std::optional<TarEntry> next();
  /// The next piece of the entry's content, holes as zeros; "" at its end. Valid until the next call.
  std::string_view read();

 private:
  void require_end_marker() const;
  [[noreturn]] void fail(const char* doing) const;

  int file_;
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
