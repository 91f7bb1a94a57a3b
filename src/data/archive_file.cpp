#include "cai/data/archive_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "data/system_failure.hpp"

namespace cai {
namespace {

UniqueFd open_directory(const std::filesystem::path& target) {
  const auto parent = target.has_parent_path() ? target.parent_path() : std::filesystem::path(".");
  UniqueFd directory(open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) throw system_failure(errno, "open the directory " + parent.string());
  return directory;
}

void require_replaceable(const std::filesystem::path& target) {
  struct stat status = {};
  if (lstat(target.c_str(), &status) != 0 || S_ISREG(status.st_mode)) return;
  throw Error(ErrorKind::refused, escape_for_terminal(target.string()) + " exists and is no regular file")
      .hint("choose another name, or `--output -` for standard output");
}

/// A new file of a name that nobody can guess, in the directory.
UniqueFd make_hidden_file(int directory, std::string& name) {
  name = ".containai-" + random_hex(8) + ".tmp";
  UniqueFd file(openat(directory, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) name.clear();
  return file;
}

bool has_no_nameless_files(int error) {
  return error == EOPNOTSUPP || error == EISDIR || error == ENOENT || error == EINVAL;
}

}  // namespace

ArchiveFile::ArchiveFile(const std::filesystem::path& target)
    : target_(target), directory_(open_directory(target)) {
  require_replaceable(target);
  file_.reset(openat(directory_.get(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file_.valid() && has_no_nameless_files(errno))
    file_ = make_hidden_file(directory_.get(), hidden_name_);
  if (!file_.valid()) throw system_failure(errno, "make a file in " + target_.parent_path().string());
  if (fchmod(file_.get(), 0600) != 0) throw system_failure(errno, "set the mode of the archive");
}

ArchiveFile::~ArchiveFile() {
  if (!hidden_name_.empty()) unlinkat(directory_.get(), hidden_name_.c_str(), 0);
}

void ArchiveFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::write(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw system_failure(errno, "write the archive " + target_.string());
    bytes.remove_prefix(static_cast<std::size_t>(count));
    written_ += count;
  }
  start_writeback();
}

/// The disk works while the processors still compress; `flush` has little left to wait for then. A hint: what
/// goes wrong on the disk is told by fsync(2).
void ArchiveFile::start_writeback() {
  constexpr std::int64_t stretch = 8 << 20;
  if (written_ - handed_over_ < stretch) return;
  sync_file_range(file_.get(), handed_over_, written_ - handed_over_, SYNC_FILE_RANGE_WRITE);
  handed_over_ = written_;
}

void ArchiveFile::restart() {
  if (ftruncate(file_.get(), 0) != 0 || lseek(file_.get(), 0, SEEK_SET) != 0) {
    throw system_failure(errno, "begin the archive again");
  }
  written_ = handed_over_ = 0;
}

void ArchiveFile::flush() {
  if (fsync(file_.get()) != 0) throw system_failure(errno, "bring the archive to the disk");
}

void ArchiveFile::publish() {
  require_replaceable(target_);
  if (hidden_name_.empty()) {
    // linkat(2) cannot replace, rename(2) cannot name the nameless: so one after the other.
    const auto name = ".containai-" + random_hex(8) + ".tmp";
    const auto self = fmt::format("/proc/self/fd/{}", file_.get());
    if (linkat(AT_FDCWD, self.c_str(), directory_.get(), name.c_str(), AT_SYMLINK_FOLLOW) != 0) {
      throw system_failure(errno, "give the archive a name");
    }
    hidden_name_ = name;
  }
  if (renameat(directory_.get(), hidden_name_.c_str(), directory_.get(), target_.filename().c_str()) != 0) {
    throw system_failure(errno, "rename the archive to " + target_.string());
  }
  hidden_name_.clear();
  // Some network and user-space file systems cannot sync a directory; the rename itself has succeeded.
  if (fsync(directory_.get()) != 0 && errno != EINVAL && errno != ENOTSUP) {
    throw system_failure(errno, "bring the directory to the disk");
  }
}

UniqueFd make_nameless_file(const std::filesystem::path& directory) {
  UniqueFd file(open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file.valid() || !has_no_nameless_files(errno)) {
    if (!file.valid()) throw system_failure(errno, "make a temporary file in " + directory.string());
    return file;
  }
  const UniqueFd folder(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::string name;
  file = make_hidden_file(folder.get(), name);
  if (!file.valid()) throw system_failure(errno, "make a temporary file in " + directory.string());
  unlinkat(folder.get(), name.c_str(), 0);
  return file;
}

}  // namespace cai
