#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "cai/config/edit.hpp"

namespace cai {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t size_limit = 64U << 10U;
constexpr const char* file_in_repository = ".containai/config.toml";

bool is_within(const fs::path& inner, const fs::path& outer) {
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

std::string shown(const fs::path& path) {
  return "'" + escape_for_terminal(path.native()) + "'";
}

fs::path door_to(const UniqueFd& handle) {
  return fmt::format("/proc/self/fd/{}", handle.get());
}
fs::path place_of(const UniqueFd& handle) {
  return fs::read_symlink(door_to(handle));
}

Error leads_out(const fs::path& path) {
  return {ErrorKind::refused, fmt::format("{} leads out of the repository", shown(path))};
}

/// The file, judged: inside the repository, regular, not too large. The path is opened without opening the
/// file, judged, and only then read: what is behind it may change meanwhile. Invalid: there is none.
UniqueFd open_judged(const fs::path& root, const fs::path& path) {
  UniqueFd handle(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!handle.valid()) {
    if (errno == ENOENT || errno == ENOTDIR) return handle;
    throw Error(ErrorKind::failed, fmt::format("Cannot open {}: {}", shown(path), std::strerror(errno)));
  }
  if (!is_within(place_of(handle), fs::canonical(root))) throw leads_out(path);
  struct stat status {};
  if (::fstat(handle.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw Error(ErrorKind::refused, fmt::format("{} is not a regular file", shown(path)));
  }
  if (static_cast<std::size_t>(status.st_size) > size_limit) {
    throw Error(ErrorKind::refused, fmt::format("{} is larger than 64 KiB", shown(path)));
  }
  return handle;
}

}  // namespace

std::optional<RepositoryFile> read_repository_file(const fs::path& root) {
  const fs::path path = root / file_in_repository;
  const UniqueFd handle = open_judged(root, path);
  if (!handle.valid()) return std::nullopt;
  auto content = read_file(door_to(handle), size_limit);
  if (!content) throw Error(ErrorKind::failed, fmt::format("{} vanished while it was read", shown(path)));
  return RepositoryFile{path, *std::move(content)};
}

void replace_repository_file(const fs::path& root, const RepositoryFile& former, std::string_view content) {
  const UniqueFd handle = open_judged(root, former.path);
  if (!handle.valid() || read_file(door_to(handle), size_limit) != former.content) {
    throw Error(ErrorKind::refused, fmt::format("{} was changed meanwhile", shown(former.path)))
        .hint("try again");
  }
  const fs::path file = place_of(handle);
  // From here on the directory that was judged is meant, wherever its path leads by then.
  const UniqueFd directory(::open(file.parent_path().c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory.valid() || !is_within(place_of(directory), fs::canonical(root)))
    throw leads_out(former.path);
  struct stat status {};
  ::fstat(handle.get(), &status);
  try {
    write_file_atomically(door_to(directory) / file.filename(), content, status.st_mode & 0777U);
  } catch (Error& error) {
    throw std::move(error.during("writing " + shown(former.path)));
  }
}

}  // namespace cai
