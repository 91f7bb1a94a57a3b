#pragma once

#include <termios.h>

#include <array>
#include <csignal>
#include <optional>

namespace cai {

/// While it lives, SIGINT, SIGTERM and SIGHUP are noted instead of ending the process, so that it can clean
/// up; a second SIGINT or SIGTERM ends it at once. (Not a second SIGHUP: shells and session managers send
/// that along with others.) There may be one at a time.
class SignalWatch {
 public:
  SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;
  ~SignalWatch();

  /// The first signal that came; 0: none yet.
  [[nodiscard]] static int received();
  /// Whether one came: what lasts asks this now and then, and ends.
  [[nodiscard]] static bool asks_to_stop() { return received() != 0; }
  /// True once after the terminal changed its size.
  [[nodiscard]] static bool take_resize();

 private:
  static constexpr std::array<int, 4> signals = {SIGINT, SIGTERM, SIGHUP, SIGWINCH};
  std::array<struct sigaction, 4> former_ = {};
};

/// The exit code for a signal: 130 for SIGINT, else 143.
int exit_code_of_signal(int signal);
/// "INT", as the engine names it.
const char* name_of_signal(int signal);

/// The terminal on standard input without its own line editing, for as long as it lives, also when a second
/// signal ends the process.
class RawTerminal {
 public:
  RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;
  ~RawTerminal();
};

struct TerminalSize {
  int rows = 0;
  int columns = 0;
};
/// Of standard output; nullopt when it does not say.
std::optional<TerminalSize> terminal_size();

}  // namespace cai
