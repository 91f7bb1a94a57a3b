#pragma once

#include <optional>
#include <span>

#include "data/codec.hpp"
#include "data/read_ahead.hpp"

namespace cai {

/// Cuts a gzip file into blocks as `Codec::compress` makes them, without expanding them, so that many can be
/// expanded at once. It believes what they say of themselves: whether that is true shows when they are
/// expanded.
class BlockCutter {
 public:
  /// More than `archive_block` bytes ever take, however badly they are compressed.
  static constexpr std::size_t most_packed = archive_block + (16U << 10U);

  /// Whether the first block of a file says its size: no other file is worth a cutter.
  static bool fits(int file);

  /// `file`: a regular file, borrowed, from its beginning; its position is neither used nor changed.
  explicit BlockCutter(int file) : file_(file, 0, 2 * most_packed) {}

  /// Copies the next block to `room`, which has `most_packed` bytes. nullopt: what comes next is no such
  /// block, or none that is whole; then `place` is where it begins. Throws Error when the file cannot be
  /// read.
  std::optional<BlockSizes> cut(std::span<char> room);

  /// Where the next block begins in the file.
  [[nodiscard]] std::int64_t place() const { return file_.position(); }

 private:
  ReadAhead file_;
};

}  // namespace cai
