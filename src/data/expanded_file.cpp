#include "data/expanded_file.hpp"

#include <algorithm>
#include <system_error>

#include "data/filtered_file.hpp"
#include "data/gzip_file.hpp"

namespace cai {
namespace {

/// More outrun every reader, and each costs two blocks of memory.
constexpr unsigned most_workers = 4;
/// Blocks beside those in work: one in use, one ready.
constexpr unsigned blocks_ahead = 2;

std::unique_ptr<ByteSource> source_at(int file, std::int64_t begin) {
  if (is_gzip(file)) return std::make_unique<GzipFile>(file, begin);
  return std::make_unique<FilteredFile>(file);
}

}  // namespace

ExpandedFile::ExpandedFile(int file) : file_(file) {
  unsigned workers = 1;
  if (BlockCutter::fits(file)) {
    cutter_ = std::make_unique<BlockCutter>(file);
    workers = std::clamp(std::thread::hardware_concurrency(), 1U, most_workers);
  }
  for (unsigned i = 0; i < workers + blocks_ahead; ++i) spare_.push_back(std::make_unique<Block>());
  workers_.reserve(workers);
  try {
    while (workers_.size() < workers) workers_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {  // fewer do as well, and those there are wait to be stopped
    if (workers_.empty()) throw;
  }
}

ExpandedFile::~ExpandedFile() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

/// One reads the file at a time; what it has cut it expands while others read on.
void ExpandedFile::work() {
  const auto codec = make_codec(Compression::gzip);
  Lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || (!reading_ && !ended_ && !spare_.empty()); });
    if (stopping_) return;
    auto& block = begin_block();
    lock.unlock();
    auto state = read(block);
    lock.lock();
    reading_ = false;
    ended_ = state == State::last;
    changed_.notify_all();
    if (state == State::in_work) {
      lock.unlock();
      state = expand(*codec, block);
      lock.lock();
    }
    block.state = state;
    changed_.notify_all();
  }
}

ExpandedFile::Block& ExpandedFile::begin_block() {
  in_order_.push_back(std::move(spare_.back()));
  spare_.pop_back();
  reading_ = true;
  auto& block = *in_order_.back();
  block.state = State::in_work;
  return block;
}

/// `in_work`: it is cut, and to be expanded.
ExpandedFile::State ExpandedFile::read(Block& block) {
  try {
    if (cutter_ && cut(block)) return State::in_work;
    if (!rest_) rest_ = source_at(file_, rest_begin_);
    block.size = rest_->fill({block.bytes.get(), archive_block});
    return block.size == 0 ? State::last : State::done;
  } catch (...) {
    block.failure = std::current_exception();
    return State::last;
  }
}

/// False: from here on nothing can be cut.
bool ExpandedFile::cut(Block& block) {
  block.begin = cutter_->place();
  if (!block.packed) block.packed = std::make_unique_for_overwrite<char[]>(BlockCutter::most_packed);
  const auto sizes = cutter_->cut({block.packed.get(), BlockCutter::most_packed});
  if (!sizes) {
    rest_begin_ = block.begin;
    cutter_.reset();
    return false;
  }
  block.packed_size = sizes->packed;
  block.size = sizes->content;
  return true;
}

ExpandedFile::State ExpandedFile::expand(Codec& codec, Block& block) {
  try {
    codec.expand({block.packed.get(), block.packed_size}, {block.bytes.get(), block.size});
    return State::done;
  } catch (...) {  // what is wrong with it is for the other way to find
    return State::not_as_said;
  }
}

/// A block was not what it said, so what was cut behind it is none either: all from there on is read as if
/// nothing had been said.
void ExpandedFile::go_back(Lock& lock, std::int64_t place) {
  changed_.wait(lock, [this] { return !reading_; });
  reading_ = true;  // nobody begins another
  changed_.wait(lock, [this] {
    return std::ranges::none_of(in_order_, [](const auto& block) { return block->state == State::in_work; });
  });
  for (auto& block : in_order_) {
    block->failure = nullptr;
    spare_.push_back(std::move(block));
  }
  in_order_.clear();
  cutter_.reset();
  rest_.reset();
  rest_begin_ = place;
  ended_ = false;
  reading_ = false;
  changed_.notify_all();
}

std::string_view ExpandedFile::next() {
  Lock lock(mutex_);
  while (true) {
    if (in_use_) spare_.push_back(std::move(in_use_));
    changed_.notify_all();
    changed_.wait(lock, [this] { return !in_order_.empty() && in_order_.front()->state != State::in_work; });
    const auto& front = *in_order_.front();
    if (front.state == State::last) {
      if (front.failure) std::rethrow_exception(front.failure);
      return {};
    }
    if (front.state == State::not_as_said) {
      go_back(lock, front.begin);
      continue;
    }
    in_use_ = std::move(in_order_.front());
    in_order_.pop_front();
    if (in_use_->size > 0) return {in_use_->bytes.get(), in_use_->size};
  }
}

}  // namespace cai
