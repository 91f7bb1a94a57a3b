#include "repo/git_files.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t file_limit = 64U << 10U;
constexpr std::string_view white_space = " \t\n\v\f\r";

std::string read_existing(const fs::path& file) {
  auto content = read_file(file, file_limit);
  if (!content) throw Error(ErrorKind::failed, "The git file " + shown(file) + " is missing");
  return *std::move(content);
}

/// The path that a one-line file holds; relative ones count from `base`.
fs::path path_in(std::string_view content, const fs::path& base, const fs::path& file) {
  content = content.substr(0, content.find_last_not_of("\r\n") + 1);
  if (content.empty() || content.find('\0') != std::string_view::npos) {
    throw Error(ErrorKind::failed, "The git file " + shown(file) + " does not hold a path");
  }
  return base / fs::path(content);
}

fs::path canonical_directory(const fs::path& target, const fs::path& named_in) {
  std::error_code problem;
  fs::path canonical = fs::canonical(target, problem);
  if (problem || !fs::is_directory(canonical, problem)) {
    throw Error(ErrorKind::failed,
                "The git file " + shown(named_in) + " points to " + shown(target) + ", which is no directory")
        .hint("If the repository was moved, run `git worktree repair` in its main working tree.");
  }
  return canonical;
}

bool is_object_name(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

/// Git forbids control characters in references; here they would also blur the parts of a workspace's key.
bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char byte) { return byte < 0x20 || byte == 0x7f; });
}

std::string branch_of_reference(std::string_view reference, const fs::path& head) {
  constexpr std::string_view references = "refs/";
  constexpr std::string_view branches = "refs/heads/";
  if (reference == "refs/heads/.invalid") {
    throw Error(ErrorKind::failed, "The repository keeps its references as reftable (" + shown(head) +
                                       "), which is not supported yet")
        .hint("Convert it with `git refs migrate --ref-format=files`.");
  }
  const std::string_view prefix = reference.starts_with(branches) ? branches : references;
  // Nor does git itself take a name with ".." in it.
  if (!reference.starts_with(references) || reference.size() == prefix.size() ||
      reference.find("..") != std::string_view::npos || has_control_character(reference)) {
    throw Error(ErrorKind::failed, "The git file " + shown(head) + " names no valid reference");
  }
  return std::string(reference.substr(prefix.size()));
}

}  // namespace

FileKind kind_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return FileKind::directory;
    return S_ISREG(status.st_mode) ? FileKind::regular : FileKind::other;
  }
  if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) {
    return ::lstat(path.c_str(), &status) == 0 ? FileKind::dangling_link : FileKind::absent;
  }
  throw Error(ErrorKind::failed, "Cannot look at " + shown(path) + ": " + std::strerror(errno));
}

std::string shown(const fs::path& path) {
  return "'" + escape_for_terminal(path.native()) + "'";
}

bool is_within(const fs::path& inner, const fs::path& outer) {
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

bool is_git_directory(const fs::path& directory) {
  if (kind_of(directory / "HEAD") == FileKind::absent) return false;
  if (kind_of(directory / "commondir") == FileKind::regular) return true;
  return kind_of(directory / "objects") == FileKind::directory &&
         kind_of(directory / "refs") == FileKind::directory;
}

fs::path read_git_file(const fs::path& file) {
  constexpr std::string_view prefix = "gitdir: ";
  const std::string content = read_existing(file);
  if (!content.starts_with(prefix)) {
    throw Error(ErrorKind::failed, "The git file " + shown(file) + " does not start with 'gitdir: '");
  }
  const fs::path target = path_in(std::string_view(content).substr(prefix.size()), file.parent_path(), file);
  fs::path canonical = canonical_directory(target, file);
  if (!is_git_directory(canonical)) {
    throw Error(ErrorKind::failed, "The git file " + shown(file) + " points to " + shown(target) +
                                       ", which is no git directory");
  }
  return canonical;
}

fs::path common_directory(const fs::path& git_directory) {
  const fs::path file = git_directory / "commondir";
  const auto content = read_file(file, file_limit);
  if (!content) return git_directory;
  fs::path common = canonical_directory(path_in(*content, git_directory, file), file);
  for (const char* part : {"objects", "refs"}) {
    if (kind_of(common / part) == FileKind::directory) continue;
    throw Error(ErrorKind::failed, "The git file " + shown(file) + " points to " + shown(common) +
                                       ", which has no directory '" + part + "'");
  }
  return common;
}

bool names_working_tree(const fs::path& git_directory, const fs::path& root) {
  const fs::path file = git_directory / "gitdir";
  const auto content = read_file(file, file_limit);
  if (!content) return false;
  const fs::path named = path_in(*content, git_directory, file);
  std::error_code problem;  // what is named may have been moved away; then it is not this working tree
  return named.filename() == ".git" && fs::canonical(named.parent_path(), problem) == root;
}

std::string read_branch(const fs::path& git_directory) {
  const fs::path head = git_directory / "HEAD";
  std::error_code not_a_link;
  const fs::path link = fs::read_symlink(head, not_a_link);
  if (!not_a_link) return branch_of_reference(link.native(), head);  // how git before 1.0 wrote HEAD

  const std::string content = read_existing(head);
  std::string_view text = content;
  text = text.substr(0, text.find_last_not_of(white_space) + 1);
  if (is_object_name(text)) return "detached";
  constexpr std::string_view symbolic = "ref:";
  if (!text.starts_with(symbolic)) {
    throw Error(ErrorKind::failed, "The git file " + shown(head) + " holds neither a reference nor a commit");
  }
  text.remove_prefix(symbolic.size());
  return branch_of_reference(text.substr(std::min(text.find_first_not_of(white_space), text.size())), head);
}

}  // namespace cai
