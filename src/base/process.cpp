#include "cai/base/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "base/system_call.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "cai/base/time.hpp"

namespace cai {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t capture_limit = 1U << 20U;

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw system_error(errno, "make a pipe");
  Pipe made{UniqueFd(ends[0]), UniqueFd(ends[1])};
  // Only our end: the child expects a blocking descriptor.
  if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) throw system_error(errno, "set up a pipe");
  return made;
}

/// What posix_spawn(3) is to do in the child before the program starts.
class SpawnPlan {
 public:
  SpawnPlan(const Pipe& output, const Pipe& error) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_adddup2(&actions_, output.write_end.get(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, error.write_end.get(), STDERR_FILENO);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    // Signals that we ignore or block would stay so in the child.
    sigset_t signals;
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    // A session of its own: one kill(2) reaches all of its children, and it has no terminal to ask questions
    // on.
    posix_spawnattr_setflags(&attributes_,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&actions_);
  }

  pid_t start(const std::vector<std::string>& argv) const {
    std::vector<char*> arguments;
    arguments.reserve(argv.size() + 1);
    for (const std::string& word : argv) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_t pid = -1;
    const bool is_path = argv.front().find('/') != std::string::npos;
    const auto program = is_path ? std::optional(argv.front()) : find_program(argv.front());
    const int error =
        program ? posix_spawn(&pid, program->c_str(), &actions_, &attributes_, arguments.data(), environ)
                : ENOENT;
    if (error == 0) return pid;
    Error failure = system_error(error, "run {}", argv.front());
    if (error == ENOENT) failure.hint(fmt::format("Install {}, or put it into PATH.", argv.front()));
    throw failure;
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// Owns a running child: killed with its whole process group and reaped if nobody waited for its end.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { kill_now(); }

  void kill_now() {
    if (pid_ < 0) return;
    kill(-pid_, SIGKILL);
    int status = 0;
    retry_interrupted([&] { return waitpid(pid_, &status, 0); });
    pid_ = -1;
  }

  /// The exit code if it has ended.
  std::optional<int> try_reap() {
    int status = 0;
    const pid_t reaped = retry_interrupted([&] { return waitpid(pid_, &status, WNOHANG); });
    if (reaped == 0) return std::nullopt;
    const int error = errno;
    pid_ = -1;
    if (reaped < 0) throw system_error(error, "learn how a child process ended");
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  pid_t pid_;
};

/// Appends what is there now; closes the descriptor at the end. What exceeds the limit is read and dropped,
/// so that the child never waits for us.
void drain(UniqueFd& fd, std::string& text) {
  std::array<char, 16384> buffer;
  while (fd.valid()) {
    const ssize_t count = retry_interrupted([&] { return read(fd.get(), buffer.data(), buffer.size()); });
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0) throw system_error(errno, "read the output of a child process");
    if (count == 0) fd.reset();
    text.append(buffer.data(), std::min(static_cast<std::size_t>(count), capture_limit - text.size()));
  }
}

/// Waits for output or for `longest`. poll(2) skips closed (negative) descriptors, and then is a mere pause.
void await_output(const UniqueFd& output, const UniqueFd& error, std::chrono::microseconds longest) {
  std::array<pollfd, 2> watched{{{output.get(), POLLIN, 0}, {error.get(), POLLIN, 0}}};
  const auto seconds = std::chrono::floor<std::chrono::seconds>(longest);
  const timespec pause{seconds.count(), std::chrono::nanoseconds(longest - seconds).count()};
  if (ppoll(watched.data(), watched.size(), &pause, nullptr) < 0 && errno != EINTR) {
    throw system_error(errno, "wait for a child process");
  }
}

/// Fills `result` until the child ends; false when the time is up first. A grandchild that keeps the pipes
/// open is not waited for.
bool collect(Child& child, UniqueFd& output, UniqueFd& error, Deadline deadline, ProcessResult& result) {
  using std::chrono::microseconds;
  microseconds pause(100);
  while (true) {
    drain(output, result.standard_output);
    drain(error, result.standard_error);
    if (const auto exit_code = child.try_reap()) {
      result.exit_code = *exit_code;
      drain(output, result.standard_output);
      drain(error, result.standard_error);
      return true;
    }
    if (deadline.expired()) return false;
    // With open pipes their end wakes us; without, the exit is a moment away.
    const bool pipes_open = output.valid() || error.valid();
    const microseconds longest = pipes_open ? microseconds(milliseconds(50)) : pause;
    await_output(output, error, std::min(longest, microseconds(deadline.remaining())));
    if (!pipes_open) pause = std::min(pause * 2, microseconds(milliseconds(20)));
  }
}

bool is_executable_file(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0;
}

}  // namespace

ProcessResult run_process(const std::vector<std::string>& argv, milliseconds limit) {
  if (argv.empty()) throw Error(ErrorKind::failed, "cannot run a program without a name");
  const Deadline deadline = Deadline::in(limit);
  Pipe output = make_pipe();
  Pipe error = make_pipe();
  Child child(SpawnPlan(output, error).start(argv));
  output.write_end.reset();
  error.write_end.reset();

  ProcessResult result;
  if (collect(child, output.read_end, error.read_end, deadline, result)) return result;
  child.kill_now();
  throw Error(ErrorKind::failed,
              fmt::format("{} did not end within {} and was killed", argv.front(),
                          format_duration(std::chrono::ceil<std::chrono::seconds>(limit))));
}

std::optional<std::string> find_program(const std::string& program) {
  if (program.empty()) return std::nullopt;
  if (program.find('/') != std::string::npos)
    return is_executable_file(program) ? std::optional(program) : std::nullopt;
  const char* const path = std::getenv("PATH");
  for (const std::string& directory : split(path != nullptr ? path : "/bin:/usr/bin", ':')) {
    if (!directory.starts_with('/')) continue;
    if (auto file = directory + "/" + program; is_executable_file(file)) return file;
  }
  return std::nullopt;
}

bool program_exists(const std::string& program) {
  return find_program(program).has_value();
}

}  // namespace cai
