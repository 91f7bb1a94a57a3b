#include "agent/host_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <memory>
#include <span>

#include "agent/linkless.hpp"
#include "cai/base/error.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t piece_size = 256 << 10;

struct DirectoryCloser {
  void operator()(DIR* directory) const { closedir(directory); }
};

/// The names in a directory, in order.
std::vector<std::string> names_in(UniqueFd directory, const std::string& shown) {
  const std::unique_ptr<DIR, DirectoryCloser> stream(fdopendir(directory.get()));
  if (!stream) throw file_trouble("list", shown);
  directory.release();
  std::vector<std::string> names;
  while (const dirent* each = readdir(stream.get())) {
    const std::string_view name = each->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

std::string link_text(int directory, const char* name) {
  std::string text(PATH_MAX, '\0');
  const ssize_t size = readlinkat(directory, name, text.data(), text.size());
  if (size < 0) throw file_trouble("read the link", name);
  text.resize(static_cast<std::size_t>(size));
  return text;
}

}  // namespace

HostTreeArchive::HostTreeArchive(const fs::path& source, const std::string& name, uid_t uid, gid_t gid)
    : above_(open_linkless(source.parent_path(), Missing::is_an_error)), name_(name), uid_(uid), gid_(gid) {
  list(above_.get(), {source.filename().string()});
}

/// Notes the entry, and if it is a directory all that is below.
void HostTreeArchive::list(int directory, const std::vector<std::string>& parts) {
  entries_.push_back(parts);
  const char* name = parts.back().c_str();
  struct stat seen = {};
  if (fstatat(directory, name, &seen, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(seen.st_mode)) return;
  const auto here = open_linkless(directory, {{parts.back()}}, Missing::is_an_error);
  for (auto& each : names_in(UniqueFd(dup(here.get())), name)) {
    auto below = parts;
    below.push_back(std::move(each));
    list(here.get(), below);
  }
}

/// The entry's header; "" for what has no place in an archive.
std::string HostTreeArchive::begin(const std::vector<std::string>& parts) {
  const auto directory =
      open_linkless(above_.get(), std::span(parts).first(parts.size() - 1), Missing::is_an_error);
  const char* name = parts.back().c_str();
  struct stat seen = {};
  if (fstatat(directory.get(), name, &seen, AT_SYMLINK_NOFOLLOW) != 0) return {};
  TarEntry header;
  header.path = name_;
  for (const auto& part : std::span(parts).subspan(1)) header.path += "/" + part;
  header.uid = uid_;
  header.gid = gid_;
  if (S_ISREG(seen.st_mode)) {
    file_.reset(openat(directory.get(), name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file_.valid() || fstat(file_.get(), &seen) != 0) throw file_trouble("read", header.path);
  }
  header.mode = static_cast<int>(seen.st_mode & 07777U);
  header.modified = seen.st_mtime;
  if (S_ISDIR(seen.st_mode)) {
    header.type = TarEntry::Type::directory;
  } else if (S_ISLNK(seen.st_mode)) {
    header.type = TarEntry::Type::symbolic_link;
    header.link = link_text(directory.get(), name);
  } else if (S_ISREG(seen.st_mode)) {
    left_ = header.size = seen.st_size;
    padding_ = tar_padding(seen.st_size);
  } else {
    file_.reset();
    return {};
  }
  return tar_header(header);
}

void HostTreeArchive::read_content() {
  buffer_.resize(static_cast<std::size_t>(std::min(left_, piece_size)));
  const ssize_t count = read(file_.get(), buffer_.data(), buffer_.size());
  if (count < 0) throw file_trouble("read", entries_[at_ - 1].back());
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

HostTreeUnpacker::HostTreeUnpacker(fs::path destination)
    : destination_(std::move(destination)),
      above_(open_linkless(destination_.parent_path(), Missing::is_made)),
      filter_(*this) {}

UniqueFd HostTreeUnpacker::open_parent(const std::vector<std::string>& parts) const {
  return open_linkless(above_.get(), std::span(parts).first(parts.size() - 1), Missing::is_made);
}

void HostTreeUnpacker::make_directory(const TarEntry& entry, int parent, const char* name) const {
  if (mkdirat(parent, name, 0755) != 0 && errno != EEXIST) throw file_trouble("make", entry.path);
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
  if (!file_.valid() || fstat(file_.get(), &made) != 0) throw file_trouble("write", entry.path);
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
      if (symlinkat(entry.link.c_str(), parent.get(), name) != 0)
        throw file_trouble("make the link", entry.path);
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
    if (count < 0) throw file_trouble("write below", destination_.string());
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
