#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace cai {

/// Owns a file descriptor. Descriptors are opened close-on-exec everywhere.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept;
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  int release();
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

/// The whole file, or nullopt when it does not exist. Throws Error(failed) on any other trouble, when it is
/// not a regular file (FIFOs are never waited for), or when it is larger than `limit` bytes.
std::optional<std::string> read_file(const std::filesystem::path& path, std::size_t limit = 16U << 20U);

/// Replaces `path` so that a reader, or a crash, sees the old or the new content: temporary file beside it,
/// fsync, rename, fsync of the directory. The temporary file is removed on failure. Throws Error(failed).
void write_file_atomically(const std::filesystem::path& path, std::string_view content, mode_t mode);

/// True for the names that write_file_atomically gives its temporary files: one that is still there after
/// minutes belonged to a process that died.
bool is_temporary_file_name(std::string_view name);

/// Makes the directory and its parents with `mode` for the last component. An existing one that is ours keeps
/// its content and gets `mode`. Throws Error(failed) when it is not a directory, not ours, or cannot be made.
void ensure_directory(const std::filesystem::path& path, mode_t mode = 0700);

/// Removes a file; false when there was none. Throws Error(failed).
bool remove_file(const std::filesystem::path& path);

/// An exclusive flock(2) on a file, freed by the kernel when we die. Never a lock file whose existence means
/// locked.
class FileLock {
 public:
  /// Waits until `wait` milliseconds have passed; `on_wait` is called once if the lock is not free at once.
  /// Throws Error(busy) when the time is up, Error(failed) when the file cannot be opened: no lock, no work.
  template <typename OnWait>
  static FileLock acquire(const std::filesystem::path& path, int wait_milliseconds, OnWait on_wait) {
    if (auto lock = try_acquire(path)) return std::move(*lock);
    on_wait();
    return wait_for(path, wait_milliseconds);
  }
  /// nullopt when somebody else holds it.
  static std::optional<FileLock> try_acquire(const std::filesystem::path& path);

 private:
  explicit FileLock(UniqueFd fd) : fd_(std::move(fd)) {}
  static FileLock wait_for(const std::filesystem::path& path, int wait_milliseconds);
  UniqueFd fd_;
};

}  // namespace cai
