#include "child_session.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <system_error>

#include "cai/base/error.hpp"
#include "cai/base/process.hpp"
#include "cai/base/text.hpp"

namespace cai {

namespace {

/// How long ssh may take to end after SIGTERM or SIGHUP.
constexpr timespec patience{.tv_sec = 5, .tv_nsec = 0};

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && (action.sa_flags & SA_SIGINFO) == 0 &&
         action.sa_handler == SIG_IGN;
}

/// Holds back the signals that concern a session, so that they can be waited for one by one, without
/// handlers.
class HeldSignals {
 public:
  HeldSignals() {
    ::sigemptyset(&held_);
    // One that we were told to ignore (nohup) stays ignored.
    for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP}) {
      if (!is_ignored(signal)) ::sigaddset(&held_, signal);
    }
    ::sigaddset(&held_, SIGCHLD);
    // Ignored, the kernel would reap the child before we learn how it ended.
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    ::sigaction(SIGCHLD, &standard, &child_action_);
    ::pthread_sigmask(SIG_BLOCK, &held_, &before_);
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;
  ~HeldSignals() {
    // What is left was meant for the session too.
    constexpr timespec now{};
    while (::sigtimedwait(&held_, nullptr, &now) > 0) continue;
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    ::sigaction(SIGCHLD, &child_action_, nullptr);
  }

  /// The next one; SIGALRM stands for "`limit` has passed".
  [[nodiscard]] int wait(const std::optional<timespec>& limit) const {
    while (true) {
      const int signal = limit ? ::sigtimedwait(&held_, nullptr, &*limit) : ::sigwaitinfo(&held_, nullptr);
      if (signal > 0) return signal;
      if (errno == EAGAIN) return SIGALRM;
    }
  }

  [[nodiscard]] const sigset_t& before() const { return before_; }

 private:
  sigset_t held_{};
  sigset_t before_{};
  struct sigaction child_action_ {};
};

/// A killed ssh leaves the terminal raw.
class TerminalSettings {
 public:
  TerminalSettings() : known_(::tcgetattr(STDIN_FILENO, &settings_) == 0) {}
  void restore() const {
    if (known_) ::tcsetattr(STDIN_FILENO, TCSADRAIN, &settings_);
  }

 private:
  termios settings_{};
  bool known_;
};

std::vector<char*> pointers_to(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const auto& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

pid_t spawn(const std::vector<std::string>& argv, const std::vector<std::string>& environment,
            sigset_t mask) {
  // Blocked signals would stay blocked in the child.
  for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP}) ::sigdelset(&mask, signal);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setsigmask(&attributes, &mask);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t child = 0;
  const auto arguments = pointers_to(argv);
  const auto variables = pointers_to(environment);
  const auto program = find_program(argv.front());
  const int error = program ? ::posix_spawn(&child, program->c_str(), nullptr, &attributes, arguments.data(),
                                            variables.data())
                            : ENOENT;
  ::posix_spawnattr_destroy(&attributes);
  if (error == 0) return child;
  throw Error(ErrorKind::ssh_setup, fmt::format("the program {} cannot be started: {}", argv.front(),
                                                std::generic_category().message(error)))
      .hint("Install the OpenSSH client (package openssh-client), then try again.");
}

/// The exit code when the child has ended. When it stopped (ssh's ~^Z), we stop as well, or the shell would
/// never get its terminal back.
std::optional<int> look_after(pid_t child) {
  int status = 0;
  const pid_t changed = ::waitpid(child, &status, WNOHANG | WUNTRACED);
  if (changed < 0 && errno != EINTR)
    throw Error(ErrorKind::failed,
                fmt::format("cannot wait for ssh: {}", std::generic_category().message(errno)));
  if (changed <= 0) return std::nullopt;
  if (WIFSTOPPED(status)) {
    ::raise(SIGTSTP);
    ::kill(child, SIGCONT);
    return std::nullopt;
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

ChildEnd run_in_foreground(const std::vector<std::string>& argv,
                           const std::vector<std::string>& environment) {
  const TerminalSettings terminal;
  const HeldSignals signals;
  const pid_t child = spawn(argv, environment, signals.before());
  ChildEnd end;
  while (true) {
    const int signal = signals.wait(end.ended_by != 0 ? std::optional(patience) : std::nullopt);
    if (signal == SIGCHLD) {
      if (const auto exit_code = look_after(child)) {
        end.exit_code = *exit_code;
        break;
      }
    } else if (signal == SIGTERM || signal == SIGHUP) {
      end.ended_by = signal;
      ::kill(child, signal);
    } else if (signal == SIGALRM) {
      ::kill(child, SIGKILL);
    } else if (signal == SIGINT) {
      end.interrupted = true;
    }
  }
  if (end.exit_code > 128) terminal.restore();
  return end;
}

}  // namespace cai
