#pragma once

#include <chrono>

#include "cai/base/time.hpp"

namespace cai {

/// Stands still until a test moves it.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start = Timestamp(std::chrono::seconds(1768557600)))  // 2026-01-16T10:00:00Z
      : now_(start) {}

  [[nodiscard]] Timestamp now() const override { return now_; }
  void advance(std::chrono::nanoseconds by) { now_ += by; }
  void set(Timestamp now) { now_ = now; }

 private:
  Timestamp now_;
};

}  // namespace cai
