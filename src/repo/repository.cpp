#include "cai/repo/repository.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

#include "cai/base/error.hpp"
#include "repo/git_files.hpp"

namespace cai {
namespace fs = std::filesystem;
namespace {

struct WorkingTree {
  fs::path root;
  fs::path own;     ///< git directory of this working tree: its HEAD
  fs::path common;  ///< differs from `own` in a linked worktree
};

std::optional<WorkingTree> find_working_tree(const fs::path& start);

dev_t device_of(const fs::path& directory) {
  struct stat status {};
  if (::stat(directory.c_str(), &status) == 0) return status.st_dev;
  throw Error(ErrorKind::failed, "Cannot look at " + shown(directory) + ": " + std::strerror(errno));
}

/// A `.git` directory without anything of git in it is passed over, as git does; a damaged one is never,
/// because the enclosing repository would be taken for this one.
std::optional<fs::path> checked_dot_git(const fs::path& dot_git) {
  if (is_git_directory(dot_git)) return fs::canonical(dot_git);
  bool empty = true;
  for (const char* part : {"HEAD", "objects", "refs", "commondir"}) {
    empty = empty && kind_of(dot_git / part) == FileKind::absent;
  }
  if (empty) return std::nullopt;
  throw Error(ErrorKind::failed,
              "The git directory " + shown(dot_git) + " is damaged: HEAD, 'objects' or 'refs' is missing");
}

std::optional<fs::path> git_directory_of(const fs::path& directory) {
  const fs::path dot_git = directory / ".git";
  switch (kind_of(dot_git)) {
    case FileKind::absent:
      return std::nullopt;
    case FileKind::directory:
      return checked_dot_git(dot_git);
    case FileKind::regular:
      return read_git_file(dot_git);
    case FileKind::dangling_link:
      throw Error(ErrorKind::failed, "The symbolic link " + shown(dot_git) + " points nowhere");
    case FileKind::other:
      break;
  }
  throw Error(ErrorKind::failed, shown(dot_git) + " is neither a file nor a directory");
}

/// A submodule's git directory lies in that of the enclosing working tree, under the submodule's path.
bool belongs_to_enclosing(const WorkingTree& tree) {
  if (tree.root == tree.root.root_path()) return false;
  const auto enclosing = find_working_tree(tree.root.parent_path());
  return enclosing && tree.own == enclosing->own / "modules" / tree.root.lexically_relative(enclosing->root);
}

/// The common git directory gets mounted into the container, and whoever works inside can write `.git`: it
/// could name the repository of somebody else. So a git directory outside of the working tree must say that
/// they belong together; one inside of it is written by the same hands and proves nothing.
void check_belongs_together(const WorkingTree& tree) {
  if (is_within(tree.common, tree.root)) return;
  if (!is_within(tree.own, tree.root) && is_within(tree.own, tree.common) &&
      names_working_tree(tree.own, tree.root))
    return;
  if (tree.own == tree.common && belongs_to_enclosing(tree)) return;
  Error error(ErrorKind::refused, "The working tree " + shown(tree.root) + " uses the git directory " +
                                      shown(tree.own) + ", which does not name it in return");
  if (tree.own != tree.common) {
    error.hint("If the worktree was moved, run `git worktree repair` in it.");
  } else {
    error.hint("If they belong together, write " + shown(tree.root / ".git") + " into the file " +
               shown(tree.own / "gitdir") + ".");
  }
  throw error;
}

WorkingTree open_working_tree(const fs::path& root, fs::path own) {
  fs::path common = common_directory(own);
  WorkingTree tree{root, std::move(own), std::move(common)};
  check_belongs_together(tree);
  return tree;
}

std::optional<WorkingTree> find_working_tree(const fs::path& start) {
  const dev_t device = device_of(start);
  for (fs::path directory = start;; directory = directory.parent_path()) {
    if (device_of(directory) != device) return std::nullopt;  // like git, which stops at a mount point
    if (auto own = git_directory_of(directory)) return open_working_tree(directory, *std::move(own));
    if (is_git_directory(directory)) {
      throw Error(ErrorKind::refused, shown(start) + " is inside the git directory " + shown(directory) +
                                          ", which is no working tree")
          .hint("Go to a working tree of the repository, or make one with `git worktree add`.");
    }
    if (directory == directory.root_path()) return std::nullopt;
  }
}

std::string directory_name(const fs::path& directory) {
  return directory.has_filename() ? directory.filename().string() : "root";
}

/// A linked worktree is named after the main working tree. A bare repository has none; `.bare` beside its
/// worktrees is a habit of many, in which the enclosing directory has the name.
std::string name_of(const WorkingTree& tree) {
  if (tree.own == tree.common) return directory_name(tree.root);
  std::string name = directory_name(tree.common);
  if (name == ".git" || name == ".bare") return directory_name(tree.common.parent_path());
  if (name.ends_with(".git")) name.resize(name.size() - 4);
  return name;
}

fs::path canonical_start(const fs::path& path) {
  std::error_code problem;
  fs::path canonical = fs::canonical(path, problem);
  if (!problem && fs::is_directory(canonical, problem)) return canonical;
  throw Error(ErrorKind::not_found,
              shown(path) + " is no directory" + (problem ? ": " + problem.message() : std::string()));
}

}  // namespace

Location locate(const fs::path& path) {
  const fs::path start = canonical_start(path);
  const auto tree = find_working_tree(start);
  if (!tree) return {start, {}, directory_name(start), "nogit"};
  return {tree->root, is_within(tree->common, tree->root) ? fs::path() : tree->common, name_of(*tree),
          read_branch(tree->own)};
}

}  // namespace cai
