#pragma once

#include <array>
#include <csignal>

namespace cai {

/// Turns SIGINT, SIGTERM and SIGHUP into a request to stop for as long as it lives: work that has to clean up
/// after itself asks `caught` now and then. One at a time.
class StopOnSignal {
 public:
  StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;
  ~StopOnSignal();

  /// The signal that came, or 0.
  static int caught();

 private:
  static constexpr std::array<int, 3> signals = {SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, 3> former_ = {};
};

}  // namespace cai
