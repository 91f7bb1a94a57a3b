#include "cai/base/filesystem.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/system_call.hpp"

namespace cai {

namespace fs = std::filesystem;

namespace {

struct stat status_of(const UniqueFd& fd, const fs::path& path) {
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) throw system_error(errno, "examine {}", path.native());
  return status;
}

Error not_a_regular_file(const fs::path& path) {
  return {ErrorKind::failed, fmt::format("cannot read {}: it is not a regular file", path.native())};
}

/// Reads to the end, or one byte past the limit, whichever comes first.
std::string read_up_to(const UniqueFd& fd, const fs::path& path, std::size_t expected, std::size_t limit) {
  std::string content;
  std::size_t filled = 0;
  // One byte more than expected, so that a file of the expected size shows its end in the same buffer.
  content.resize(std::min(expected, limit) + 1);
  while (filled <= limit) {
    if (filled == content.size()) content.resize(std::min(content.size() * 2 + 4096, limit + 1));
    const ssize_t count =
        retry_interrupted([&] { return read(fd.get(), content.data() + filled, content.size() - filled); });
    if (count < 0) throw system_error(errno, "read {}", path.native());
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  content.resize(filled);
  return content;
}

/// Missing parents are made for the user alone, as the XDG specification asks and ~/.ssh needs.
void make_directory(const fs::path& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return;
  int error = errno;
  const fs::path parent = path.parent_path();
  if (error == ENOENT && !parent.empty() && parent != path) {
    make_directory(parent, 0700);
    if (mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return;
    error = errno;
  }
  throw system_error(error, "make the directory {}", path.native());
}

UniqueFd open_directory(const fs::path& path) {
  return UniqueFd(retry_interrupted([&] { return open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
}

}  // namespace

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
  reset(other.release());
  return *this;
}

int UniqueFd::release() {
  return std::exchange(fd_, -1);
}

void UniqueFd::reset(int fd) {
  // Not repeated on EINTR: on Linux the descriptor is gone already, and its number may be somebody else's.
  if (fd_ >= 0 && fd_ != fd) close(fd_);
  fd_ = fd;
}

std::optional<std::string> read_file(const fs::path& path, std::size_t limit) {
  // O_NONBLOCK: opening a FIFO must not wait for its writer.
  const UniqueFd fd(
      retry_interrupted([&] { return open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); }));
  if (!fd.valid()) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    if (errno == ENXIO) throw not_a_regular_file(path);  // a socket
    throw system_error(errno, "open {}", path.native());
  }
  const struct stat status = status_of(fd, path);
  if (!S_ISREG(status.st_mode)) throw not_a_regular_file(path);
  std::string content = read_up_to(fd, path, static_cast<std::size_t>(status.st_size), limit);
  if (content.size() > limit) {
    throw Error(ErrorKind::failed,
                fmt::format("cannot read {}: it is larger than {} bytes", path.native(), limit));
  }
  return content;
}

void ensure_directory(const fs::path& path, mode_t mode) {
  UniqueFd fd = open_directory(path);
  if (!fd.valid() && errno == ENOENT) {
    make_directory(path, mode);
    fd = open_directory(path);
  }
  if (!fd.valid()) {
    if (errno == ENOTDIR) {
      throw Error(ErrorKind::failed, fmt::format("cannot use {}: it is not a directory", path.native()))
          .hint("Move what is in the way to another place and try again.");
    }
    throw system_error(errno, "open the directory {}", path.native());
  }
  const struct stat status = status_of(fd, path);
  const uid_t self = geteuid();
  if (status.st_uid != self && status.st_uid != 0 && self != 0) {
    throw Error(ErrorKind::failed, fmt::format("cannot use {}: it belongs to another user (uid {})",
                                               path.native(), status.st_uid))
        .hint("Give the directory back to yourself, or choose another one.");
  }
  // One that root provides for us keeps the mode that root gave it.
  const bool may_change_mode = status.st_uid == self || self == 0;
  if (may_change_mode && (status.st_mode & 07777U) != mode && fchmod(fd.get(), mode) != 0) {
    throw system_error(errno, "change the mode of {}", path.native());
  }
}

bool remove_file(const fs::path& path) {
  if (unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  throw system_error(errno, "remove {}", path.native());
}

}  // namespace cai
