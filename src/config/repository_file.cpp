#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "cai/config/settings.hpp"

namespace cai {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t size_limit = 64U << 10U;

bool is_within(const fs::path& inner, const fs::path& outer) {
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

std::string shown(const fs::path& path) {
  return "'" + escape_for_terminal(path.native()) + "'";
}

}  // namespace

std::optional<RepositoryFile> read_repository_file(const fs::path& root) {
  const fs::path path = root / ".containai/config.toml";
  // The path is opened without opening the file, judged, and only then read: what is behind it may change
  // meanwhile.
  const UniqueFd handle(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!handle.valid()) {
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    throw Error(ErrorKind::failed, fmt::format("Cannot open {}: {}", shown(path), std::strerror(errno)));
  }
  const fs::path door = fmt::format("/proc/self/fd/{}", handle.get());
  if (!is_within(fs::read_symlink(door), fs::canonical(root))) {
    throw Error(ErrorKind::refused, fmt::format("{} leads out of the repository", shown(path)));
  }
  struct stat status {};
  if (::fstat(handle.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw Error(ErrorKind::refused, fmt::format("{} is not a regular file", shown(path)));
  }
  if (static_cast<std::size_t>(status.st_size) > size_limit) {
    throw Error(ErrorKind::refused, fmt::format("{} is larger than 64 KiB", shown(path)));
  }
  auto content = read_file(door, size_limit);
  if (!content) throw Error(ErrorKind::failed, fmt::format("{} vanished while it was read", shown(path)));
  return RepositoryFile{path, *std::move(content)};
}

}  // namespace cai
