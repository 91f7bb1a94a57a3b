#include "data/read_ahead.hpp"

#include <unistd.h>

#include <algorithm>

#include "data/system_failure.hpp"

namespace cai {

ReadAhead::ReadAhead(int file, std::int64_t position, std::size_t capacity)
    : file_(file),
      read_to_(position),
      capacity_(capacity),
      buffer_(std::make_unique_for_overwrite<char[]>(capacity)) {}

std::string_view ReadAhead::ahead(std::size_t least) {
  if (ahead_.size() >= least || all_read_) return ahead_;
  std::ranges::copy(ahead_, buffer_.get());
  auto end = ahead_.size();
  ahead_ = {buffer_.get(), end};
  while (end < capacity_ && !all_read_) {
    const auto count = pread(file_, buffer_.get() + end, capacity_ - end, read_to_);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_failure(errno, "read the archive");
    end += static_cast<std::size_t>(count);
    read_to_ += count;
    all_read_ = count == 0;
    ahead_ = {buffer_.get(), end};
  }
  return ahead_;
}

}  // namespace cai
