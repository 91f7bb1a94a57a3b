#pragma once

#include <sys/types.h>

#include <string>

#include "e2e/world.hpp"

namespace cai::e2e {

/// A person at a pseudo-terminal: a program runs in it, we read its screen and type. Closing it is hanging
/// up.
class Terminal {
 public:
  Terminal(const Words& argv, const World& world, const std::filesystem::path& directory, int rows = 24,
           int columns = 80);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void type(const std::string& text);
  void resize(int rows, int columns);
  /// Reads until `text` stands on the screen (everything printed so far), or fails after the limit. True when
  /// found.
  bool expect(const std::string& text, int limit_seconds = 30);
  /// Waits for the program's end and returns its exit code; -1 when it does not end in time.
  int wait(int limit_seconds = 30);
  /// The terminal goes away, as when a window is closed.
  void hang_up();
  [[nodiscard]] const std::string& screen() const { return screen_; }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  bool read_some(int milliseconds);
  int master_ = -1;
  pid_t pid_ = -1;
  std::string screen_;
};

}  // namespace cai::e2e
