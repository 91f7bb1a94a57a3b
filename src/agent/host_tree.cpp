#include "agent/host_tree.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t piece_size = 256 << 10;

Error trouble(const std::string& doing, const std::string& name) {
  return {ErrorKind::failed,
          fmt::format("cannot {} {}: {}", doing, escape_for_terminal(name), std::strerror(errno))};
}

}  // namespace

HostTreeArchive::HostTreeArchive(const fs::path& source, const std::string& name, uid_t uid, gid_t gid)
    : uid_(uid), gid_(gid) {
  entries_.push_back({source, name});
  if (!fs::is_directory(fs::symlink_status(source))) return;
  for (const auto& each : fs::recursive_directory_iterator(source)) {
    entries_.push_back({each.path(), name + "/" + each.path().lexically_relative(source).string()});
  }
}

/// The entry's header; "" for what has no place in an archive.
std::string HostTreeArchive::begin(const Entry& entry) {
  struct stat seen = {};
  if (lstat(entry.path.c_str(), &seen) != 0) return {};
  TarEntry header;
  header.path = entry.name;
  header.mode = static_cast<int>(seen.st_mode & 07777U);
  header.uid = uid_;
  header.gid = gid_;
  header.modified = seen.st_mtime;
  if (S_ISDIR(seen.st_mode)) {
    header.type = TarEntry::Type::directory;
  } else if (S_ISLNK(seen.st_mode)) {
    header.type = TarEntry::Type::symbolic_link;
    header.link = fs::read_symlink(entry.path).string();
  } else if (S_ISREG(seen.st_mode)) {
    file_.reset(open(entry.path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file_.valid()) throw trouble("read", entry.path.string());
    left_ = header.size = seen.st_size;
    padding_ = tar_padding(seen.st_size);
  } else {
    return {};
  }
  return tar_header(header);
}

void HostTreeArchive::read_content() {
  buffer_.resize(static_cast<std::size_t>(std::min(left_, piece_size)));
  const ssize_t count = read(file_.get(), buffer_.data(), buffer_.size());
  if (count < 0) throw trouble("read", entries_[at_ - 1].path.string());
  if (count > 0) buffer_.resize(static_cast<std::size_t>(count));  // at its end: zeroes instead
  left_ -= static_cast<std::int64_t>(buffer_.size());
}

std::string_view HostTreeArchive::next() {
  buffer_.clear();
  if (file_.valid() && left_ > 0) {
    read_content();
    return buffer_;
  }
  if (file_.valid()) {
    file_.reset();
    buffer_.assign(padding_, '\0');
  }
  while (buffer_.empty() && at_ < entries_.size()) buffer_ = begin(entries_[at_++]);
  if (buffer_.empty() && !ended_) {
    ended_ = true;
    return tar_end();
  }
  return buffer_;
}

std::vector<std::string> HostTreeUnpacker::parts_of(const std::string& path) const {
  auto parts = split(path, '/');
  if (std::ranges::find(parts, "..") != parts.end())
    throw Error(ErrorKind::failed, "the archive names a file outside itself");
  // The first component is the copied object itself.
  parts.front() = destination_.filename().string();
  return parts;
}

UniqueFd HostTreeUnpacker::open_parent(const std::vector<std::string>& parts) const {
  UniqueFd directory(open(destination_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) throw trouble("open", destination_.parent_path().string());
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    if (mkdirat(directory.get(), parts[i].c_str(), 0755) != 0 && errno != EEXIST)
      throw trouble("make", parts[i]);
    UniqueFd below(
        openat(directory.get(), parts[i].c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!below.valid()) throw trouble("open", parts[i]);
    directory = std::move(below);
  }
  return directory;
}

void HostTreeUnpacker::make_directory(const TarEntry& entry, int parent, const char* name) const {
  if (mkdirat(parent, name, 0755) != 0 && errno != EEXIST) throw trouble("make", entry.path);
  struct stat seen = {};
  if (fstatat(parent, name, &seen, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(seen.st_mode)) {
    throw Error(ErrorKind::failed,
                fmt::format("{} is no directory on the host", escape_for_terminal(entry.path)));
  }
  // What we could not enter ourselves could not be filled.
  const UniqueFd made(openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (made.valid()) fchmod(made.get(), static_cast<mode_t>((entry.mode & 0777) | 0700));
}

void HostTreeUnpacker::make_file(const TarEntry& entry, int parent, const char* name) {
  unlinkat(parent, name, 0);
  file_.reset(openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  struct stat made = {};
  if (!file_.valid() || fstat(file_.get(), &made) != 0) throw trouble("write", entry.path);
  written_[entry.path] = {made.st_dev, made.st_ino};
}

/// False: there is no such file of this archive, or it is another one by now.
bool HostTreeUnpacker::make_hard_link(const TarEntry& entry, int parent, const char* name) {
  const auto written = written_.find(entry.link);
  if (written == written_.end()) return false;
  const auto parts = parts_of(entry.link);
  const auto target_parent = open_parent(parts);
  unlinkat(parent, name, 0);
  struct stat made = {};
  if (linkat(target_parent.get(), parts.back().c_str(), parent, name, 0) != 0) return false;
  if (fstatat(parent, name, &made, AT_SYMLINK_NOFOLLOW) == 0 &&
      written->second == std::pair(made.st_dev, made.st_ino)) {
    return true;
  }
  unlinkat(parent, name, 0);
  return false;
}

bool HostTreeUnpacker::begin(const TarEntry& entry) {
  const auto parts = parts_of(entry.path);
  const auto parent = open_parent(parts);
  const char* name = parts.back().c_str();
  bool made = true;
  switch (entry.type) {
    case TarEntry::Type::directory:
      make_directory(entry, parent.get(), name);
      break;
    case TarEntry::Type::symbolic_link:
      unlinkat(parent.get(), name, 0);
      if (symlinkat(entry.link.c_str(), parent.get(), name) != 0) throw trouble("make the link", entry.path);
      break;
    case TarEntry::Type::file:
      make_file(entry, parent.get(), name);
      break;
    case TarEntry::Type::hard_link:
      made = make_hard_link(entry, parent.get(), name);
      break;
    case TarEntry::Type::other:
      made = false;
      break;
  }
  if (made) {
    ++files_;
  } else {
    left_out_.push_back(entry.path);
  }
  return file_.valid();
}

void HostTreeUnpacker::content(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(file_.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw trouble("write below", destination_.string());
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void HostTreeUnpacker::end(const TarEntry& entry) {
  fchmod(file_.get(), static_cast<mode_t>(entry.mode & 0777));
  file_.reset();
}

void HostTreeUnpacker::finish() const {
  if (!filter_.is_complete()) throw Error(ErrorKind::failed, "the archive from the box ended too early");
}

}  // namespace cai
