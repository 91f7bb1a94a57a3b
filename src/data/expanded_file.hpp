#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>

#include "data/byte_source.hpp"

namespace cai {

/// The content of a file without its compression (gzip, zstd, xz, bzip2 or none), made by a thread some
/// blocks ahead of who reads it. Holds a few MiB whatever the size.
class ExpandedFile {
 public:
  /// `file`: a regular file, borrowed, which nobody else reads meanwhile; from its beginning.
  explicit ExpandedFile(int file);
  ExpandedFile(const ExpandedFile&) = delete;
  ExpandedFile& operator=(const ExpandedFile&) = delete;
  ~ExpandedFile();

  /// The next piece, valid until the next call; "" at the end. Throws Error(refused) for what is damaged.
  std::string_view next();

 private:
  struct Block {
    std::unique_ptr<char[]> bytes = std::make_unique_for_overwrite<char[]>(archive_block);
    std::size_t size = 0;
  };
  void work();

  std::unique_ptr<ByteSource> source_;
  std::unique_ptr<Block> in_use_;  ///< by who called `next`

  std::mutex mutex_;  ///< guards the following
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Block>> ready_;
  std::deque<std::unique_ptr<Block>> spare_;
  std::exception_ptr failure_;
  bool ended_ = false;
  bool stopping_ = false;

  std::jthread worker_;  // the last member: all it uses is there before it and after it
};

}  // namespace cai
