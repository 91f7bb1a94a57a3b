#include "agent/linkless.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "cai/base/text.hpp"

namespace cai {
namespace {

constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
/// Enough to go through; not every directory above may be listed.
constexpr int passage_flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

UniqueFd enter(int directory, const std::string& part, int flags, Missing missing) {
  UniqueFd below(openat(directory, part.c_str(), flags));
  if (!below.valid() && errno == ENOENT && missing == Missing::is_made) {
    if (mkdirat(directory, part.c_str(), 0755) != 0 && errno != EEXIST) throw file_trouble("make", part);
    below.reset(openat(directory, part.c_str(), flags));
  }
  if (!below.valid()) throw file_trouble("open", part);
  return below;
}

}  // namespace

Error file_trouble(const std::string& doing, const std::string& name) {
  return {ErrorKind::failed,
          fmt::format("cannot {} {}: {}", doing, escape_for_terminal(name), std::strerror(errno))};
}

UniqueFd open_linkless(int directory, std::span<const std::string> parts, Missing missing) {
  if (parts.empty()) {
    UniqueFd same(openat(directory, ".", directory_flags));
    if (!same.valid()) throw file_trouble("open", ".");
    return same;
  }
  UniqueFd at;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    at = enter(at.valid() ? at.get() : directory, parts[i], last ? directory_flags : passage_flags, missing);
  }
  return at;
}

UniqueFd open_linkless(const std::filesystem::path& directory, Missing missing) {
  const UniqueFd root(open("/", passage_flags));
  if (!root.valid()) throw file_trouble("open", "/");
  std::vector<std::string> parts;
  for (const auto& part : directory.relative_path()) parts.push_back(part.string());
  return open_linkless(root.get(), parts, missing);
}

}  // namespace cai
