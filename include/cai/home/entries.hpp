#pragma once

#include <span>
#include <string>
#include <string_view>

namespace cai {

/// What is done to a file on its way.
enum class HomeFilter {
  none,
  git_settings,  ///< resolved with its includes; without credentials and signing keys
  home_paths,    ///< paths below the source become paths below the home inside
};

/// One thing of a person's home directory that workspaces get, at the same place below the home inside. None
/// need exist.
struct HomeEntry {
  std::string_view path;    ///< below the home; a slash at the end marks a directory, with all that is in it
  std::string_view group;   ///< whom it is for: "shell", "git", "Claude Code", ...
  bool secret = false;      ///< holds a login or a key: mode 0600, and left out when secrets are
  bool on_request = false;  ///< may be large: left to `cai import`, not brought when a workspace is made
  HomeFilter filter = HomeFilter::none;
  std::string_view leave_out = {};  ///< glob of names that are left out of a directory
};

/// The table of what goes where: the only one (docs/reference/import.md is made from it).
std::span<const HomeEntry> home_entries();

/// docs/reference/import.md's table.
std::string home_entries_markdown();

}  // namespace cai
