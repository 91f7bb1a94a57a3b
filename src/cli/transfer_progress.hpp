#pragma once

#include <chrono>
#include <string>

#include "cli/console.hpp"

namespace cai {

/// One line that tells how far a long transfer is, shown once it takes over a second, and renewed.
class TransferProgress {
 public:
  explicit TransferProgress(Console& console) : console_(console) {}
  TransferProgress(const TransferProgress&) = delete;
  TransferProgress& operator=(const TransferProgress&) = delete;
  ~TransferProgress() { console_.end_transient(); }

  /// May be called as often as one likes; `text` is asked only when there is something to show.
  template <typename Text>
  void update(Text text) {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return;
    next_ = now + std::chrono::milliseconds(250);
    console_.transient(text());
  }

 private:
  Console& console_;
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + std::chrono::seconds(1);
};

}  // namespace cai
