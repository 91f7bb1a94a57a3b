#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/system_call.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/time.hpp"

namespace cai {

namespace {

/// False when the file was removed or replaced after it was opened: a lock on it would exclude nobody.
bool is_still_at(const UniqueFd& fd, const std::filesystem::path& path) {
  struct stat opened {};
  struct stat named {};
  return fstat(fd.get(), &opened) == 0 && stat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

}  // namespace

std::optional<FileLock> FileLock::try_acquire(const std::filesystem::path& path) {
  while (true) {
    UniqueFd fd(retry_interrupted([&] { return open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600); }));
    if (!fd.valid()) throw system_error(errno, "open the lock {}", path.native());
    if (retry_interrupted([&] { return flock(fd.get(), LOCK_EX | LOCK_NB); }) != 0) {
      if (errno == EWOULDBLOCK) return std::nullopt;
      throw system_error(errno, "take the lock {}", path.native());
    }
    if (is_still_at(fd, path)) return FileLock(std::move(fd));
  }
}

FileLock FileLock::wait_for(const std::filesystem::path& path, int wait_milliseconds) {
  using std::chrono::milliseconds;
  // Polling, because a blocking flock(2) could only be ended by a signal, and those belong to the whole
  // process.
  static constexpr milliseconds longest_pause(50);
  const Deadline deadline = Deadline::in(milliseconds(wait_milliseconds));
  milliseconds pause(5);
  while (true) {
    const bool last_try = deadline.expired();
    if (auto lock = try_acquire(path)) return std::move(*lock);
    if (last_try) break;
    std::this_thread::sleep_for(std::min(pause, deadline.remaining()));
    pause = std::min(pause * 2, longest_pause);
  }
  throw Error(ErrorKind::busy, fmt::format("another process holds the lock {}", path.native()))
      .hint("Another cai is still at work here. Try again when it has finished.");
}

}  // namespace cai
