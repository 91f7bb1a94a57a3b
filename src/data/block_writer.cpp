#include "cai/data/block_writer.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <string>
#include <thread>

#include "cai/base/error.hpp"
#include "data/codec.hpp"

namespace cai {
namespace {

/// More than these outrun every engine, and each costs about three blocks of memory.
unsigned most_threads(Compression compression) {
  return compression == Compression::zstd ? 4 : 8;
}

/// Blocks beside those in work: an engine sends by fits and starts.
constexpr unsigned blocks_ahead = 4;
/// What cannot be compressed becomes a little larger.
constexpr std::size_t room_to_grow = 4096;

unsigned thread_count(Compression compression, unsigned wanted = 0) {
  return std::clamp(wanted == 0 ? std::thread::hardware_concurrency() : wanted, 1U,
                    most_threads(compression));
}

std::uint64_t ending_of(std::string_view packed) {
  std::uint64_t ending = 0;
  const auto size = std::min(packed.size(), sizeof ending);
  std::memcpy(&ending, packed.data() + packed.size() - size, size);
  return ending;
}

/// What is packed takes the place of what it was, so that a block costs its size only once.
struct Block {
  std::string bytes;
  std::size_t size = 0;  ///< of the content
  bool done = false;
  std::exception_ptr failure;
};

}  // namespace

struct BlockWriter::State {
  State(Compression kind, Output target, unsigned threads)
      : compression(kind), output(std::move(target)), limit(threads + blocks_ahead) {
    for (unsigned i = 0; i < threads; ++i) workers.emplace_back([this] { work(); });
  }

  ~State() { stop(); }

  void stop() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    work_there.notify_all();
    workers.clear();  // joins
  }

  void work() {
    const auto codec = make_codec(compression);
    std::unique_lock lock(mutex);
    while (true) {
      work_there.wait(lock, [this] { return stopping || !waiting.empty(); });
      if (stopping) return;
      Block* block = waiting.front();
      waiting.pop_front();
      lock.unlock();
      try {
        block->size = block->bytes.size();
        block->bytes = codec->compress(block->bytes);
      } catch (...) {
        block->failure = std::current_exception();
      }
      lock.lock();
      block->done = true;
      block_done.notify_one();
    }
  }

  void submit() {
    if (filling->bytes.empty()) return;
    in_order.push_back(std::move(filling));
    filling = take_spare();
    {
      const std::lock_guard lock(mutex);
      waiting.push_back(in_order.back().get());
    }
    work_there.notify_one();
    while (in_order.size() >= limit) hand_on();
  }

  /// Waits for the oldest block and gives it to the output.
  void hand_on() {
    auto& block = *in_order.front();
    {
      std::unique_lock lock(mutex);
      block_done.wait(lock, [&] { return block.done; });
    }
    if (block.failure) std::rethrow_exception(block.failure);
    output(block.bytes);
    packed_bytes += block.bytes.size();
    summaries.push_back({static_cast<std::uint32_t>(block.bytes.size()),
                         static_cast<std::uint32_t>(block.size), ending_of(block.bytes)});
    block.bytes.clear();
    block.done = false;
    spare.push_back(std::move(in_order.front()));
    in_order.pop_front();
  }

  std::unique_ptr<Block> take_spare() {
    if (spare.empty()) return std::make_unique<Block>();
    auto block = std::move(spare.back());
    spare.pop_back();
    return block;
  }

  Compression compression;
  Output output;
  std::size_t full = block_size_of(compression);
  std::size_t limit;
  std::uint64_t content_bytes = 0;
  std::uint64_t packed_bytes = 0;
  std::vector<BlockSummary> summaries;
  std::unique_ptr<Block> filling = std::make_unique<Block>();
  std::vector<std::unique_ptr<Block>> spare;
  std::deque<std::unique_ptr<Block>> in_order;

  std::mutex mutex;  ///< guards `waiting`, `stopping` and each block's `done`
  std::condition_variable work_there;
  std::condition_variable block_done;
  std::deque<Block*> waiting;
  bool stopping = false;
  std::vector<std::jthread> workers;
};

BlockWriter::BlockWriter(Compression compression, Output output, unsigned threads)
    : state_(std::make_unique<State>(compression, std::move(output), thread_count(compression, threads))) {}

BlockWriter::~BlockWriter() = default;

void BlockWriter::write(std::string_view bytes) {
  state_->content_bytes += bytes.size();
  while (!bytes.empty()) {
    auto& content = state_->filling->bytes;
    if (content.capacity() < state_->full) content.reserve(state_->full + room_to_grow);
    const auto piece = bytes.substr(0, state_->full - content.size());
    content += piece;
    bytes.remove_prefix(piece.size());
    if (content.size() == state_->full) state_->submit();
  }
}

void BlockWriter::finish() {
  state_->submit();
  while (!state_->in_order.empty()) state_->hand_on();
  state_->stop();
  state_->spare.clear();
  state_->filling = std::make_unique<Block>();
}

std::uint64_t BlockWriter::bytes_in() const {
  return state_->content_bytes;
}
std::uint64_t BlockWriter::bytes_out() const {
  return state_->packed_bytes;
}
const std::vector<BlockSummary>& BlockWriter::blocks() const {
  return state_->summaries;
}

namespace {

Error not_as_written() {
  return {ErrorKind::failed, "the archive does not read back as it was written"};
}

std::string_view read_at(int file, std::string& buffer, std::size_t size, std::uint64_t offset) {
  if (buffer.size() < size) buffer.resize(size);
  std::size_t got = 0;
  while (got < size) {
    const auto count = pread(file, buffer.data() + got, size - got, static_cast<off_t>(offset + got));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw not_as_written();
    got += static_cast<std::size_t>(count);
  }
  return {buffer.data(), size};
}

}  // namespace

void verify_blocks(int file, Compression compression, const std::vector<BlockSummary>& blocks,
                   const std::function<bool()>& should_stop) {
  std::vector<std::uint64_t> offsets;
  std::uint64_t end = 0;
  for (const auto& block : blocks) {
    offsets.push_back(end);
    end += block.packed_size;
  }
  struct stat status = {};
  if (fstat(file, &status) != 0 || static_cast<std::uint64_t>(status.st_size) != end) throw not_as_written();

  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&](bool asks) {
    try {
      const auto codec = make_codec(compression);
      std::string buffer;
      std::string content;
      for (auto i = next++; i < blocks.size(); i = next++) {
        if (asks && should_stop()) throw Error(ErrorKind::interrupted, "interrupted");
        const auto packed = read_at(file, buffer, blocks[i].packed_size, offsets[i]);
        if (ending_of(packed) != blocks[i].ending) throw not_as_written();
        content.resize(blocks[i].size);
        codec->expand(packed, content);
      }
    } catch (...) {
      next = blocks.size();
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (unsigned i = 1; i < thread_count(compression); ++i) helpers.emplace_back([&] { work(false); });
    work(true);
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace cai
