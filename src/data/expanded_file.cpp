#include "data/expanded_file.hpp"

#include "data/filtered_file.hpp"
#include "data/gzip_file.hpp"

namespace cai {
namespace {

constexpr int blocks_ahead = 4;

std::unique_ptr<ByteSource> source_of(int file) {
  if (is_gzip(file)) return std::make_unique<GzipFile>(file);
  return std::make_unique<FilteredFile>(file);
}

}  // namespace

ExpandedFile::ExpandedFile(int file) : source_(source_of(file)) {
  for (int i = 0; i < blocks_ahead; ++i) spare_.push_back(std::make_unique<Block>());
  worker_ = std::jthread([this] { work(); });
}

ExpandedFile::~ExpandedFile() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

void ExpandedFile::work() {
  std::unique_lock lock(mutex_);
  while (!ended_) {
    changed_.wait(lock, [this] { return stopping_ || !spare_.empty(); });
    if (stopping_) return;
    auto block = std::move(spare_.front());
    spare_.pop_front();
    lock.unlock();
    std::exception_ptr failure;
    try {
      block->size = source_->fill({block->bytes.get(), archive_block});
    } catch (...) {
      block->size = 0;
      failure = std::current_exception();
    }
    lock.lock();
    ended_ = block->size == 0;
    failure_ = failure;
    if (!ended_) ready_.push_back(std::move(block));
    changed_.notify_all();
  }
}

std::string_view ExpandedFile::next() {
  std::unique_lock lock(mutex_);
  if (in_use_) spare_.push_back(std::move(in_use_));
  changed_.notify_all();
  changed_.wait(lock, [this] { return ended_ || !ready_.empty(); });
  if (!ready_.empty()) {
    in_use_ = std::move(ready_.front());
    ready_.pop_front();
    return {in_use_->bytes.get(), in_use_->size};
  }
  if (failure_) std::rethrow_exception(failure_);
  return {};
}

}  // namespace cai
