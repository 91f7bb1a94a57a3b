#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "data/block_cutter.hpp"
#include "data/byte_source.hpp"

namespace cai {

/// The content of a file without its compression (gzip, zstd, xz, bzip2 or none), made by threads some blocks
/// ahead of who reads it: several for archives that cai wrote, one for others. Holds some MiB whatever the
/// size.
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
  enum class State {
    in_work,  ///< of the worker that has it
    done,
    not_as_said,  ///< cut from the file, and not what it said of itself
    last,         ///< nothing comes any more
  };
  struct Block {
    State state = State::in_work;
    std::size_t size = 0;
    std::size_t packed_size = 0;
    std::int64_t begin = 0;  ///< in the file, of what was cut
    std::exception_ptr failure;
    std::unique_ptr<char[]> bytes = std::make_unique_for_overwrite<char[]>(archive_block);
    std::unique_ptr<char[]> packed;  ///< once something is cut
  };
  using Lock = std::unique_lock<std::mutex>;

  void work();
  Block& begin_block();
  State read(Block& block);
  bool cut(Block& block);
  static State expand(Codec& codec, Block& block);
  void go_back(Lock& lock, std::int64_t place);

  int file_;
  std::unique_ptr<Block> in_use_;  ///< by who called `next`

  // For whoever set `reading_`.
  std::unique_ptr<BlockCutter> cutter_;  ///< while there may be blocks to cut
  std::int64_t rest_begin_ = 0;          ///< in the file, of what is not cut
  std::unique_ptr<ByteSource> rest_;

  std::mutex mutex_;  ///< guards the following
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Block>> in_order_;
  std::vector<std::unique_ptr<Block>> spare_;
  bool reading_ = false;
  bool ended_ = false;
  bool stopping_ = false;

  std::vector<std::jthread> workers_;  // the last member: all they use is there before them and after them
};

}  // namespace cai
