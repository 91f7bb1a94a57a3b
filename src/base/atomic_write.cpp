#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "base/system_call.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"

namespace cai {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view temporary_prefix = ".containai-";
constexpr std::string_view temporary_suffix = ".tmp";
constexpr std::size_t temporary_random_bytes = 8;

/// A new file in an open directory; removed again unless it was renamed to its place.
class TemporaryFile {
 public:
  explicit TemporaryFile(const UniqueFd& directory)
      // Not derived from the target's name, which may have the greatest length that is allowed.
      : directory_(directory),
        name_(fmt::format("{}{}{}", temporary_prefix, random_hex(temporary_random_bytes), temporary_suffix)) {
    fd_.reset(retry_interrupted([&] {
      return openat(directory_.get(), name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                    0600);
    }));
    if (!fd_.valid()) throw system_error(errno, "make a temporary file");
    // Says to who tidies up that somebody lives who wants it; a file system without locks has age alone.
    flock(fd_.get(), LOCK_EX | LOCK_NB);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!renamed_) unlinkat(directory_.get(), name_.c_str(), 0);
  }

  void write_all(std::string_view content) {
    while (!content.empty()) {
      const ssize_t count =
          retry_interrupted([&] { return write(fd_.get(), content.data(), content.size()); });
      if (count < 0) throw system_error(errno, "write to a temporary file");
      content.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  void finish(mode_t mode) {
    // fchmod, because the mode of open(2) is subject to the umask.
    if (fchmod(fd_.get(), mode) != 0) throw system_error(errno, "set the mode of a temporary file");
    if (retry_interrupted([&] { return fsync(fd_.get()); }) != 0) {
      throw system_error(errno, "bring a temporary file to the disk");
    }
  }

  void rename_to(const fs::path& name) {
    if (renameat(directory_.get(), name_.c_str(), directory_.get(), name.c_str()) != 0) {
      throw system_error(errno, "rename a temporary file to its place");
    }
    renamed_ = true;
  }

 private:
  const UniqueFd& directory_;
  std::string name_;
  UniqueFd fd_;
  bool renamed_ = false;
};

void sync_directory(const UniqueFd& directory) {
  if (retry_interrupted([&] { return fsync(directory.get()); }) == 0) return;
  // Some network and user-space file systems cannot sync a directory; the rename itself has succeeded.
  if (errno != EINVAL && errno != ENOTSUP) throw system_error(errno, "bring the directory to the disk");
}

void replace_file(const fs::path& path, std::string_view content, mode_t mode) {
  const fs::path parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const UniqueFd directory(
      retry_interrupted([&] { return open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!directory.valid()) throw system_error(errno, "open its directory");
  TemporaryFile temporary(directory);
  temporary.write_all(content);
  temporary.finish(mode);
  temporary.rename_to(path.filename());
  sync_directory(directory);
}

}  // namespace

bool is_temporary_file_name(std::string_view name) {
  if (!name.starts_with(temporary_prefix) || !name.ends_with(temporary_suffix)) return false;
  const auto random =
      name.substr(temporary_prefix.size(), name.size() - temporary_prefix.size() - temporary_suffix.size());
  return random.size() == 2 * temporary_random_bytes &&
         random.find_first_not_of("0123456789abcdef") == random.npos;
}

void write_file_atomically(const fs::path& path, std::string_view content, mode_t mode) {
  try {
    replace_file(path, content, mode);
  } catch (const Error& error) {
    throw Error(ErrorKind::failed, fmt::format("cannot write {}: {}", path.native(), error.what()));
  }
}

}  // namespace cai
