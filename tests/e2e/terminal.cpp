#include "e2e/terminal.hpp"

#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <stdexcept>

namespace cai::e2e {
namespace {

using Clock = std::chrono::steady_clock;

winsize size_of(int rows, int columns) {
  winsize size = {};
  size.ws_row = static_cast<unsigned short>(rows);
  size.ws_col = static_cast<unsigned short>(columns);
  return size;
}

}  // namespace

Terminal::Terminal(const Words& argv, const World& world, const std::filesystem::path& directory, int rows,
                   int columns) {
  auto size = size_of(rows, columns);
  Words words = argv;
  Words variables = {"TERM=xterm"};
  for (const auto& [name, value] : world.environment) variables.push_back(name + "=" + value);
  std::vector<char*> arguments;
  std::vector<char*> environment;
  for (auto& word : words) arguments.push_back(word.data());
  for (auto& variable : variables) environment.push_back(variable.data());
  arguments.push_back(nullptr);
  environment.push_back(nullptr);
  pid_ = forkpty(&master_, nullptr, nullptr, &size);
  if (pid_ < 0) throw std::runtime_error("forkpty");
  if (pid_ == 0) {
    if (chdir(directory.c_str()) != 0) _exit(126);
    execvpe(arguments[0], arguments.data(), environment.data());
    _exit(127);
  }
}

Terminal::~Terminal() {
  hang_up();
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
}

void Terminal::type(const std::string& text) {
  std::size_t sent = 0;
  while (sent < text.size()) {
    const auto count = write(master_, text.data() + sent, text.size() - sent);
    if (count <= 0) return;
    sent += static_cast<std::size_t>(count);
  }
}

void Terminal::resize(int rows, int columns) {
  auto size = size_of(rows, columns);
  ioctl(master_, TIOCSWINSZ, &size);
}

bool Terminal::read_some(int milliseconds) {
  pollfd waiting = {master_, POLLIN, 0};
  if (poll(&waiting, 1, milliseconds) <= 0) return true;
  char buffer[4096];
  const auto count = read(master_, buffer, sizeof buffer);
  if (count <= 0) return false;
  screen_.append(buffer, static_cast<std::size_t>(count));
  return true;
}

bool Terminal::expect(const std::string& text, int limit_seconds) {
  const auto deadline = Clock::now() + std::chrono::seconds(limit_seconds);
  while (screen_.find(text) == std::string::npos) {
    if (Clock::now() > deadline || !read_some(100)) return screen_.find(text) != std::string::npos;
  }
  return true;
}

int Terminal::wait(int limit_seconds) {
  const auto deadline = Clock::now() + std::chrono::seconds(limit_seconds);
  while (Clock::now() < deadline) {
    if (master_ >= 0) read_some(20);
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
  }
  return -1;
}

void Terminal::hang_up() {
  if (master_ >= 0) close(master_);
  master_ = -1;
}

}  // namespace cai::e2e
