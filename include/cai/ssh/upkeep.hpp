#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "cai/base/environment.hpp"
#include "cai/model/ids.hpp"
#include "cai/ssh/ssh.hpp"

namespace cai {

/// True when ~/.ssh/config has the Include line already; only reads.
bool include_line_present(const Paths& paths);
/// Puts the Include line on top of ~/.ssh/config, one process at a time. Throws Error(ssh_setup) or
/// Error(busy).
void ensure_include_line(const Paths& paths);

/// What this installation left in the file system for one workspace.
struct SshTraces {
  WorkspaceId id;
  std::string name;  ///< of the entry in ~/.ssh/containai.d; empty: only keys or known hosts are left
};

/// Everything of ours, by id. An entry is ours when it is a regular file that begins with our marker and
/// names the known hosts file of its workspace in our own key directory: another installation of the same
/// user, and whatever a person wrote by hand, is left out. Throws Error(ssh_setup).
std::vector<SshTraces> find_traces(const Paths& paths);

/// A file or directory of ours that others may read or we may not.
struct LooseMode {
  std::filesystem::path path;
  mode_t is = 0;      ///< permission bits
  mode_t wanted = 0;  ///< what cai gives it
};

/// The permission bits of `path` compared with `wanted`: nothing when they are as strict, when it does not
/// exist, or when it is a symbolic link.
std::vector<LooseMode> check_mode(const std::filesystem::path& path, mode_t wanted);
/// Of the key directory and everything that cai keeps in it, and of our entries.
std::vector<LooseMode> loose_ssh_modes(const Paths& paths);

/// True for the names under which key pairs are made before they get their own.
bool is_temporary_key_name(std::string_view name);

}  // namespace cai
