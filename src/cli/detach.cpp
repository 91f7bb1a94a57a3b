#include "cli/detach.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/run/signals.hpp"

namespace cai {
namespace {

void leave_terminal() {
  ::setsid();
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null, stream);
  if (null > STDERR_FILENO) ::close(null);
  // A working directory would keep its file system busy.
  if (::chdir("/") != 0) return;
}

/// Everything until the other side closes; signals that come meanwhile are the worker's too.
std::string read_message(int fd, pid_t worker) {
  std::string message;
  int forwarded = 0;
  while (true) {
    std::array<char, 256> buffer{};
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count > 0) message.append(buffer.data(), static_cast<std::size_t>(count));
    const int signal = SignalWatch::received();
    // A terminal's Ctrl-C reaches both of us, and two signals would end the worker at once.
    const bool shared = signal == SIGINT && ::isatty(STDIN_FILENO) == 1;
    if (signal != 0 && forwarded == 0 && !shared) {
      forwarded = signal;
      ::kill(worker, signal);
    }
    if (count == 0 || (count < 0 && errno != EINTR)) return message;
  }
}

int wait_for(pid_t worker) {
  int status = 0;
  while (::waitpid(worker, &status, 0) < 0 && errno == EINTR) continue;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

int run_detached(const std::function<int(const Detach&)>& work) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw Error(ErrorKind::failed, std::string("cannot make a pipe: ") + std::strerror(errno));
  }
  UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  const pid_t worker = ::fork();
  if (worker < 0)
    throw Error(ErrorKind::failed, std::string("cannot start a process: ") + std::strerror(errno));
  if (worker == 0) {
    reading.reset();
    // The foreground ends by its return; the worker must not return into its caller's caller twice.
    const int code = work([&](const std::string& line) {
      leave_terminal();
      const ssize_t ignored = ::write(writing.get(), line.data(), line.size());
      static_cast<void>(ignored);  // nobody in the foreground is left to hear it
      writing.reset();
    });
    ::_exit(code);
  }
  writing.reset();
  const SignalWatch watch;
  const auto message = read_message(reading.get(), worker);
  if (message.empty()) return wait_for(worker);
  const ssize_t ignored = ::write(STDOUT_FILENO, message.data(), message.size());
  static_cast<void>(ignored);
  return 0;
}

}  // namespace cai
