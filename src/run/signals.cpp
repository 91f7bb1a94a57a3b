#include "cai/run/signals.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

namespace cai {
namespace {

// A signal handler can reach nothing else.
volatile std::sig_atomic_t first_signal = 0;
volatile std::sig_atomic_t resized = 0;
volatile std::sig_atomic_t terminal_is_raw = 0;
termios terminal_before;  // NOLINT: written before terminal_is_raw says that it may be read

void restore_terminal() {
  if (terminal_is_raw != 0) ::tcsetattr(STDIN_FILENO, TCSANOW, &terminal_before);
  terminal_is_raw = 0;
}

void handle(int signal) {
  if (signal == SIGWINCH) {
    resized = 1;
  } else if (first_signal == 0) {
    first_signal = signal;
  } else if (signal != SIGHUP) {
    restore_terminal();
    ::_exit(exit_code_of_signal(signal));
  }
}

}  // namespace

SignalWatch::SignalWatch() {
  first_signal = 0;
  resized = 0;
  struct sigaction action = {};
  action.sa_handler = handle;
  for (std::size_t i = 0; i < signals.size(); ++i) {
    sigaction(signals[i], nullptr, &former_[i]);
    // nohup and background jobs start with signals ignored, and mean it.
    if (former_[i].sa_handler != SIG_IGN) sigaction(signals[i], &action, nullptr);
  }
}

SignalWatch::~SignalWatch() {
  for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &former_[i], nullptr);
}

int SignalWatch::received() {
  return first_signal;
}

bool SignalWatch::take_resize() {
  const bool was = resized != 0;
  resized = 0;
  return was;
}

int exit_code_of_signal(int signal) {
  return signal == SIGINT ? 128 + SIGINT : 128 + SIGTERM;
}

const char* name_of_signal(int signal) {
  switch (signal) {
    case SIGINT:
      return "INT";
    case SIGHUP:
      return "HUP";
    default:
      return "TERM";
  }
}

RawTerminal::RawTerminal() {
  if (::tcgetattr(STDIN_FILENO, &terminal_before) != 0) return;
  terminal_is_raw = 1;
  termios raw = terminal_before;
  ::cfmakeraw(&raw);
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

RawTerminal::~RawTerminal() {
  restore_terminal();
}

std::optional<TerminalSize> terminal_size() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) return std::nullopt;
  return TerminalSize{size.ws_row, size.ws_col};
}

}  // namespace cai
