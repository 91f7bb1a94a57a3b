#include "cli/console.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <thread>

#include "cai/base/filesystem.hpp"

namespace cai {
namespace {

using std::chrono::milliseconds;

struct Pipe {
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) == 0) {
      read_end.reset(ends[0]);
      write_end.reset(ends[1]);
    }
  }
  /// Everything written, after closing the writing end.
  std::string contents() {
    write_end.reset();
    std::string text;
    char buffer[4096];
    ssize_t got = 0;
    while ((got = ::read(read_end.get(), buffer, sizeof buffer)) > 0)
      text.append(buffer, static_cast<size_t>(got));
    return text;
  }
  UniqueFd read_end;
  UniqueFd write_end;
};

/// A terminal in raw mode for output, so that bytes arrive as written; input is still by lines.
struct Terminal {
  Terminal() {
    int outer = -1;
    int inner = -1;
    if (::openpty(&outer, &inner, nullptr, nullptr, nullptr) != 0) return;
    master.reset(outer);
    slave.reset(inner);
    termios modes{};
    ::tcgetattr(inner, &modes);
    modes.c_oflag &= ~static_cast<tcflag_t>(OPOST);
    modes.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(inner, TCSANOW, &modes);
  }
  void type(std::string_view text) const {
    ASSERT_EQ(::write(master.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  /// What has been written so far.
  std::string screen() const {
    std::string text;
    char buffer[4096];
    pollfd ready{master.get(), POLLIN, 0};
    while (::poll(&ready, 1, 20) == 1 && (ready.revents & POLLIN) != 0) {
      const ssize_t got = ::read(master.get(), buffer, sizeof buffer);
      if (got <= 0) break;
      text.append(buffer, static_cast<std::size_t>(got));
    }
    return text;
  }
  UniqueFd master;
  UniqueFd slave;
};

Environment environment_with(std::map<std::string, std::string> variables) {
  Environment environment;
  environment.variables = std::move(variables);
  return environment;
}
const std::map<std::string, std::string> no_color{{"NO_COLOR", "1"}};

class ConsoleTest : public testing::Test {
 protected:
  void SetUp() override { previous_ = ::signal(SIGPIPE, SIG_IGN); }
  void TearDown() override { ::signal(SIGPIPE, previous_); }

  Console piped(std::map<std::string, std::string> variables = {}) {
    return Console({in_.read_end.get(), out_.write_end.get(), err_.write_end.get()},
                   environment_with(std::move(variables)));
  }
  Console on_terminal(std::map<std::string, std::string> variables = no_color) {
    const int fd = terminal_.slave.get();
    return Console({fd, fd, fd}, environment_with(std::move(variables)));
  }

  Pipe in_, out_, err_;
  Terminal terminal_;

 private:
  sighandler_t previous_ = nullptr;
};

void say_everything(Console& console) {
  console.step("creating container myapp-auth");
  console.progress("Step 1/3 : FROM x");
  console.step_finished(milliseconds(1500));
  console.step("starting");
  console.step_finished(milliseconds(1000));
  console.notice("another branch is running");
  console.warning("disk is nearly full");
  console.render_error(Error(ErrorKind::failed, "broken"));
}

TEST_F(ConsoleTest, PipedSaysNoSteps) {
  Console console = piped();
  EXPECT_FALSE(console.input_is_terminal() || console.output_is_terminal() || console.error_is_terminal());
  say_everything(console);
  EXPECT_EQ(err_.contents(), "another branch is running\nwarning: disk is nearly full\nerror: broken\n");
  EXPECT_EQ(out_.contents(), "");
}

constexpr const char* everything =
    "-> creating container myapp-auth\n   Step 1/3 : FROM x\n   done in 1.5 s\n-> starting\n"
    "another branch is running\nwarning: disk is nearly full\nerror: broken\n";

TEST_F(ConsoleTest, PipedAndVerboseSaysEverything) {
  Console console = piped();
  console.set_level(Console::Level::verbose);
  say_everything(console);
  EXPECT_EQ(err_.contents(), everything);
}

TEST_F(ConsoleTest, TerminalSaysEverything) {
  Console console = on_terminal();
  EXPECT_TRUE(console.input_is_terminal() && console.output_is_terminal() && console.error_is_terminal());
  say_everything(console);
  EXPECT_EQ(terminal_.screen(), everything);
}

TEST_F(ConsoleTest, QuietSaysErrorsOnly) {
  Console console = on_terminal();
  console.set_level(Console::Level::quiet);
  say_everything(console);
  EXPECT_EQ(terminal_.screen(), "error: broken\n");
}

TEST_F(ConsoleTest, ColorsOnATerminal) {
  Console console = on_terminal({});
  EXPECT_TRUE(console.output_colors());
  say_everything(console);
  EXPECT_EQ(terminal_.screen(),
            "\x1b[36m->\x1b[0m creating container myapp-auth\n\x1b[2m   Step 1/3 : FROM x\x1b[0m\n"
            "\x1b[2m   done in 1.5 s\x1b[0m\n\x1b[36m->\x1b[0m starting\nanother branch is running\n"
            "\x1b[33mwarning:\x1b[0m disk is nearly full\n\x1b[1;31merror:\x1b[0m broken\n");
}

TEST_F(ConsoleTest, ColorVariables) {
  EXPECT_FALSE(on_terminal({{"NO_COLOR", "1"}}).output_colors());
  EXPECT_TRUE(on_terminal({{"NO_COLOR", ""}}).output_colors());
  EXPECT_FALSE(on_terminal({{"CLICOLOR", "0"}}).output_colors());
  EXPECT_TRUE(on_terminal({{"CLICOLOR", "1"}}).output_colors());
  EXPECT_FALSE(on_terminal({{"TERM", "dumb"}}).output_colors());
  EXPECT_FALSE(piped({{"CLICOLOR", "1"}}).output_colors());
  EXPECT_TRUE(piped({{"CLICOLOR_FORCE", "1"}}).output_colors());
  EXPECT_FALSE(piped({{"CLICOLOR_FORCE", "0"}}).output_colors());
  EXPECT_FALSE(piped({{"CLICOLOR_FORCE", "1"}, {"NO_COLOR", "1"}}).output_colors());
  EXPECT_TRUE(piped({{"CLICOLOR_FORCE", "1"}, {"CLICOLOR", "0"}}).output_colors());
}

TEST_F(ConsoleTest, ErrorShowsTrailAndHints) {
  Console console = piped();
  console.set_level(Console::Level::quiet);
  Error error(ErrorKind::failed, "no space left");
  error.during("creating myapp-auth").during("attaching").hint("see `cai status`").hint("free some space");
  console.render_error(error);
  EXPECT_EQ(err_.contents(),
            "error: no space left\n  while creating myapp-auth\n  while attaching\n"
            "  hint: see `cai status`\n  hint: free some space\n");
}

TEST_F(ConsoleTest, ErrorCannotCommandTheTerminal) {
  Console console = piped();
  Error error(ErrorKind::failed, "one\ntwo \x1b[2J");
  console.render_error(error.during("doing \x1b]0;x\x07").hint("try\r\x9b"));
  const std::string text = err_.contents();
  EXPECT_TRUE(text.starts_with("error: one\n  two ")) << text;
  for (const char letter : text) {
    EXPECT_TRUE(letter == '\n' || (letter >= ' ' && letter <= '~')) << static_cast<int>(letter);
  }
}

TEST_F(ConsoleTest, DataIsWrittenWhole) {
  Console console = piped();
  const std::string large(1U << 20U, 'x');  // many times what a pipe holds
  std::string received;
  std::thread reader([&] {
    char buffer[65536];
    while (received.size() < large.size()) {
      const ssize_t got = ::read(out_.read_end.get(), buffer, sizeof buffer);
      if (got <= 0) break;
      received.append(buffer, static_cast<std::size_t>(got));
    }
  });
  ASSERT_EQ(::fcntl(out_.write_end.get(), F_SETFL, O_NONBLOCK), 0);
  console.data(large);
  reader.join();
  EXPECT_EQ(received, large);
  EXPECT_FALSE(console.output_closed());
  EXPECT_EQ(err_.contents(), "");
}

TEST_F(ConsoleTest, ReaderThatLeftEndsDataQuietly) {
  Console console = piped();
  out_.read_end.reset();
  console.data("x\n");
  EXPECT_TRUE(console.output_closed());
  console.data("y\n");
  console.notice("still here");
  EXPECT_EQ(err_.contents(), "still here\n");
}

TEST_F(ConsoleTest, FullDiskIsAnError) {
  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full.valid());
  Console console({in_.read_end.get(), full.get(), err_.write_end.get()}, {});
  try {
    console.data("x");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::failed);
    EXPECT_STREQ(error.what(), "cannot write to standard output: No space left on device");
  }
  EXPECT_FALSE(console.output_closed());
}

TEST_F(ConsoleTest, LostStandardErrorDoesNotStopTheWork) {
  Console console = piped();
  err_.read_end.reset();
  console.warning("nobody hears this");
  console.data("data");
  EXPECT_EQ(out_.contents(), "data");
}

TEST_F(ConsoleTest, QuestionWithoutTerminalIsNoAndDoesNotRead) {
  Console console = piped();  // nothing is ever written to the pipe, so reading would hang
  EXPECT_FALSE(console.question("Remove it?"));
  EXPECT_EQ(err_.contents(), "Remove it? [y/N] no: there is no terminal to ask on\n");
}

TEST_F(ConsoleTest, QuestionThatNobodyWouldSeeIsNo) {
  terminal_.type("y\n");
  Console console({terminal_.slave.get(), terminal_.slave.get(), err_.write_end.get()},
                  environment_with(no_color));
  EXPECT_FALSE(console.question("Remove it?"));
}

TEST_F(ConsoleTest, AssumeYesAsksNobody) {
  Console console = piped();
  console.set_assume_yes(true);
  EXPECT_TRUE(console.question("Remove it?"));
  EXPECT_EQ(err_.contents(), "");
}

TEST_F(ConsoleTest, AnswersAtATerminal) {
  Console console = on_terminal();
  console.set_level(Console::Level::quiet);  // a question is asked all the same
  for (const std::string yes : {"y\n", "Y\n", "yes\n", " YES \n"}) {
    terminal_.type(yes);
    EXPECT_TRUE(console.question("Go?")) << yes;
    EXPECT_EQ(terminal_.screen(), "Go? [y/N] ");
  }
  for (const std::string no : {"n\n", "\n", "yess\n", "no\n", "yn\n", "ja\n"}) {
    terminal_.type(no);
    EXPECT_FALSE(console.question("Go?")) << no;
    EXPECT_EQ(terminal_.screen(), "Go? [y/N] ");
  }
}

TEST_F(ConsoleTest, EachQuestionReadsItsOwnLine) {
  Console console = on_terminal();
  terminal_.type("y\nn\n");
  EXPECT_TRUE(console.question("One?"));
  EXPECT_FALSE(console.question("Two?"));
}

TEST_F(ConsoleTest, EndOfInputIsNo) {
  Console console = on_terminal();
  terminal_.type("\x04");  // Ctrl-D on an empty line
  EXPECT_FALSE(console.question("Go?"));
  EXPECT_EQ(terminal_.screen(), "Go? [y/N] \n");
  terminal_.type("y\x04\x04");  // typed, but never confirmed
  EXPECT_FALSE(console.question("Go?"));
}

TEST_F(ConsoleTest, HangUpIsNo) {
  Console console = on_terminal();
  terminal_.master.reset();
  EXPECT_FALSE(console.question("Go?"));
}

}  // namespace
}  // namespace cai
