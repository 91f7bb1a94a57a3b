#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "cai/base/environment.hpp"
#include "cai/base/error.hpp"

namespace cai {

/// Borrowed descriptors; tests put pipes and terminals here.
struct ConsoleStreams {
  int in = 0;
  int out = 1;
  int err = 2;
};

/// The only mouth of the program: data on standard output, everything else on standard error. Text from
/// outside is escaped by whoever knows its fields (escape_for_terminal). The program must ignore SIGPIPE.
class Console {
 public:
  enum class Level { quiet, normal, verbose };

  Console(ConsoleStreams streams, const Environment& environment);

  void set_level(Level level) { level_ = level; }
  /// `--yes`, `--force`: questions are answered yes without being asked.
  void set_assume_yes(bool assume) { assume_yes_ = assume; }

  [[nodiscard]] bool input_is_terminal() const { return input_is_terminal_; }
  [[nodiscard]] bool output_is_terminal() const { return output_is_terminal_; }
  [[nodiscard]] bool error_is_terminal() const { return error_is_terminal_; }
  /// Whether data may carry colours.
  [[nodiscard]] bool output_colors() const { return output_colors_; }

  /// Writes all of it. When the reader has gone (EPIPE), this and all later data is dropped and
  /// output_closed() is true: the end of `cai list | head`, not a failure. Throws Error(failed) on other
  /// trouble, such as a full disk.
  void data(std::string_view text);
  /// What somebody else wrote on a standard error, byte for byte.
  void error_data(std::string_view text) const;
  [[nodiscard]] bool output_closed() const { return output_closed_; }

  /// One line as a step begins: on a terminal, or when verbose.
  void step(std::string_view text);
  /// One more line if the step took over a second.
  void step_finished(std::chrono::milliseconds took);
  /// A line of long work's output, such as a build's; shown where steps are.
  void progress(std::string_view line);

  /// A line that the next one overwrites; on a terminal only.
  void transient(std::string_view line);
  /// Takes that line away.
  void end_transient();

  void notice(std::string_view text);   ///< unless quiet
  void warning(std::string_view text);  ///< unless quiet
  /// The message, "while" lines, hints. Always; what a terminal would obey is escaped once more here.
  void render_error(const Error& error);

  /// Asks "text [y/N]", true only for y or yes. Nobody is asked, and the answer is No, unless both standard
  /// input and standard error are terminals; so it never hangs. End of input, and a signal while waiting, are
  /// No as well.
  bool question(std::string_view text);

 private:
  [[nodiscard]] bool shows_steps() const;
  [[nodiscard]] std::string painted(std::string_view style, std::string_view text) const;
  void say(std::string_view text) const;
  [[nodiscard]] std::string read_answer() const;

  ConsoleStreams streams_;
  Level level_ = Level::normal;
  bool assume_yes_ = false;
  bool input_is_terminal_;
  bool output_is_terminal_;
  bool error_is_terminal_;
  bool output_colors_;
  bool error_colors_;
  bool output_closed_ = false;
  bool transient_shown_ = false;
};

}  // namespace cai
