#include "fuzz/tree.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "cai/base/filesystem.hpp"
#include "fuzz/target.hpp"

namespace cai::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view separator = "\n%%\n";
constexpr int most_parts = 64;
constexpr std::size_t longest_path = 300;

/// Relative, without "..".
fs::path tame(std::string_view path) {
  fs::path result;
  for (const auto& component : fs::path(path.substr(0, std::min(path.find('\0'), longest_path)))) {
    const auto& name = component.native();
    if (name != ".." && name != "." && name != "/" && !name.empty() && name.size() < 256) result /= component;
  }
  return result;
}

/// True when all of it are directories, none of them through a link.
bool make_parents(const fs::path& root, const fs::path& relative) {
  auto place = root;
  for (const auto& component : relative.parent_path()) {
    place /= component;
    mkdir(place.c_str(), 0755);
    struct stat status = {};
    if (lstat(place.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return false;
  }
  return true;
}

void make_file(const fs::path& path, std::string_view content, mode_t mode) {
  const UniqueFd file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return;
  require(write(file.get(), content.data(), content.size()) == static_cast<ssize_t>(content.size()),
          "a file of the tree can be written");
  require(fchmod(file.get(), mode) == 0, "a file of the tree gets its mode");
}

}  // namespace

void Tree::grow(std::string_view description) {
  for (int part = 0; part < most_parts && !description.empty(); ++part) {
    const auto end = std::min(description.find(separator), description.size());
    make(description.substr(0, end));
    description.remove_prefix(std::min(end + separator.size(), description.size()));
  }
}

void Tree::make(std::string_view part) {
  if (part.size() < 3 || part[1] != ' ') return;
  const auto line = std::min(part.find('\n'), part.size());
  const auto relative = tame(part.substr(2, line - 2));
  const std::string content(part.substr(std::min(line + 1, part.size())));
  if (relative.empty() || !make_parents(root(), relative)) return;
  const auto path = root() / relative;
  switch (part[0]) {
    case 'f':
      return make_file(path, content, 0644);
    case 'x':
      return make_file(path, content, 0);
    case 'd':
      mkdir(path.c_str(), 0755);
      return;
    case 'l':
      if (symlink(content.c_str(), path.c_str()) == 0) return;
      break;
    case 'p':
      mkfifo(path.c_str(), 0600);
      return;
    case 's':
      mknod(path.c_str(), S_IFSOCK | 0600, 0);
      return;
    default:
      break;
  }
}

}  // namespace cai::fuzz
