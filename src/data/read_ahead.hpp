#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace cai {

/// A file read in large pieces, for who has to see some of it before it is used.
class ReadAhead {
 public:
  /// `file`: a regular file, borrowed; its position is neither used nor changed. `capacity`: the most that is
  /// seen at once.
  ReadAhead(int file, std::int64_t position, std::size_t capacity);

  /// What comes next: `least` bytes (at most the capacity) or more, fewer only at the end of the file. Valid
  /// until the next call. Throws Error when the file cannot be read.
  std::string_view ahead(std::size_t least);
  /// Uses up the first `count` bytes of what was ahead.
  void skip(std::size_t count) { ahead_.remove_prefix(count); }
  /// In the file, of what comes next.
  [[nodiscard]] std::int64_t position() const { return read_to_ - static_cast<std::int64_t>(ahead_.size()); }

 private:
  int file_;
  std::int64_t read_to_;
  bool all_read_ = false;
  std::size_t capacity_;
  std::unique_ptr<char[]> buffer_;
  std::string_view ahead_;  ///< of the buffer
};

}  // namespace cai
