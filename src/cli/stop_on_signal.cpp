#include "cli/stop_on_signal.hpp"

namespace cai {
namespace {

/// Set by the handler; a signal handler can reach nothing else.
volatile std::sig_atomic_t pending_signal = 0;

}  // namespace

StopOnSignal::StopOnSignal() {
  pending_signal = 0;
  struct sigaction action = {};
  action.sa_handler = [](int signal) { pending_signal = signal; };
  for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &action, &former_[i]);
}

StopOnSignal::~StopOnSignal() {
  for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &former_[i], nullptr);
}

int StopOnSignal::caught() {
  return pending_signal;
}

}  // namespace cai
