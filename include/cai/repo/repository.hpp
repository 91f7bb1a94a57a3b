#pragma once

#include <filesystem>
#include <string>

#include "cai/model/workspace.hpp"

namespace cai {

/// Where a path lies in the world of git. Read from the files of the repository (gitrepository-layout(5))
/// without running git and without reading its configuration: nothing in a repository may act on the host.
struct Location {
  std::filesystem::path root;           ///< working tree; the directory itself when there is no git
  std::filesystem::path git_directory;  ///< common git directory when it lies outside `root`, else empty
  std::string repository_name;          ///< directory name of the main working tree
  std::string branch;                   ///< full name ("feature/auth"), "detached" or "nogit"

  [[nodiscard]] WorkspaceKey key() const { return {root.string(), branch, ""}; }
};

/// Finds the enclosing working tree of an existing directory (symbolic links resolved). Linked worktrees,
/// submodules, unborn branches and detached heads included. Throws Error(not_found) when `path` is no
/// directory, Error(refused) inside a `.git` directory or a bare repository (no working tree), Error(failed)
/// for a damaged repository, naming the file.
Location locate(const std::filesystem::path& path);

}  // namespace cai
