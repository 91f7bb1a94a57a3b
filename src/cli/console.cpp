#include "cli/console.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "cai/base/text.hpp"

namespace cai {
namespace {

constexpr std::string_view bold_red = "\x1b[1;31m";
constexpr std::string_view yellow = "\x1b[33m";
constexpr std::string_view cyan = "\x1b[36m";
constexpr std::string_view dim = "\x1b[2m";
constexpr std::string_view plain = "\x1b[0m";
constexpr std::size_t longest_answer = 4096;

/// 0, or the errno that ended the writing.
int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {  // the shell may hand us a non-blocking terminal or pipe
      pollfd ready{fd, POLLOUT, 0};
      if (::poll(&ready, 1, -1) < 0 && errno != EINTR) return errno;
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

/// no-color.org and bixense.com/clicolors: NO_COLOR wins, then CLICOLOR_FORCE, then CLICOLOR=0.
bool wants_colors(const Environment& environment, bool is_terminal) {
  const auto set = [&](const char* name) { return environment.get(name).value_or(""); };
  if (!set("NO_COLOR").empty()) return false;
  if (const auto force = set("CLICOLOR_FORCE"); !force.empty() && force != "0") return true;
  return is_terminal && set("CLICOLOR") != "0" && set("TERM") != "dumb";
}

}  // namespace

Console::Console(ConsoleStreams streams, const Environment& environment)
    : streams_(streams),
      input_is_terminal_(::isatty(streams.in) == 1),
      output_is_terminal_(::isatty(streams.out) == 1),
      error_is_terminal_(::isatty(streams.err) == 1),
      output_colors_(wants_colors(environment, output_is_terminal_)),
      error_colors_(wants_colors(environment, error_is_terminal_)) {}

void Console::data(std::string_view text) {
  if (output_closed_) return;
  const int error = write_all(streams_.out, text);
  if (error == EPIPE) {
    output_closed_ = true;
  } else if (error != 0) {
    throw Error(ErrorKind::failed,
                fmt::format("cannot write to standard output: {}", std::generic_category().message(error)));
  }
}

void Console::error_data(std::string_view text) const {
  (void)write_all(streams_.err, text);
}

bool Console::shows_steps() const {
  return level_ == Level::verbose || (level_ == Level::normal && error_is_terminal_);
}

std::string Console::painted(std::string_view style, std::string_view text) const {
  return error_colors_ ? fmt::format("{}{}{}", style, text, plain) : std::string(text);
}

void Console::say(std::string_view text) const {
  // There is nowhere left to report that standard error is gone, and the work matters more.
  (void)write_all(streams_.err, fmt::format("{}\n", text));
}

void Console::step(std::string_view text) {
  if (shows_steps()) say(fmt::format("{} {}", painted(cyan, "->"), text));
}

void Console::step_finished(std::chrono::milliseconds took) {
  if (!shows_steps() || took <= std::chrono::seconds(1)) return;
  say(painted(dim, fmt::format("   done in {:.1f} s", static_cast<double>(took.count()) / 1000.0)));
}

void Console::progress(std::string_view line) {
  if (shows_steps()) say(painted(dim, fmt::format("   {}", line)));
}

void Console::transient(std::string_view line) {
  if (!error_is_terminal_ || level_ == Level::quiet) return;
  (void)write_all(streams_.err, fmt::format("\r\x1b[K   {}", line));
  transient_shown_ = true;
}

void Console::end_transient() {
  if (std::exchange(transient_shown_, false)) (void)write_all(streams_.err, "\r\x1b[K");
}

void Console::notice(std::string_view text) {
  if (level_ != Level::quiet) say(text);
}

void Console::warning(std::string_view text) {
  if (level_ != Level::quiet) say(fmt::format("{} {}", painted(yellow, "warning:"), text));
}

void Console::render_error(const Error& error) {
  std::string text = painted(bold_red, "error:");
  // A message may have lines of its own (all problems of a file at once); nothing else in it is obeyed.
  std::string_view separator = " ";
  for (const std::string& line : split(error.what(), '\n')) {
    text += fmt::format("{}{}", separator, escape_for_terminal(line));
    separator = "\n  ";
  }
  for (const std::string& doing : error.trail())
    text += fmt::format("\n  while {}", escape_for_terminal(doing));
  for (const std::string& hint : error.hints()) {
    text += fmt::format("\n  {} {}", painted(cyan, "hint:"), escape_for_terminal(hint));
  }
  say(text);
}

bool Console::question(std::string_view text) {
  if (assume_yes_) return true;
  if (!input_is_terminal_ || !error_is_terminal_) {
    notice(fmt::format("{} [y/N] no: there is no terminal to ask on", text));
    return false;
  }
  (void)write_all(streams_.err, fmt::format("{} [y/N] ", text));
  const std::string answer = to_lower_ascii(trim(read_answer()));
  return answer == "y" || answer == "yes";
}

std::string Console::read_answer() const {
  std::string answer;
  while (true) {
    char letter = 0;
    // One byte at a time: what follows the line belongs to whoever reads standard input next.
    const ssize_t got = ::read(streams_.in, &letter, 1);
    if (got == 1 && letter == '\n') return answer;
    if (got < 0 && errno == EAGAIN) {
      pollfd ready{streams_.in, POLLIN, 0};
      if (::poll(&ready, 1, -1) > 0) continue;
    }
    if (got != 1) break;
    if (answer.size() < longest_answer) answer += letter;
  }
  say("");  // the cursor still stands behind the question
  return "";
}

}  // namespace cai
