#pragma once

#include <filesystem>
#include <string>

namespace cai {

/// Single files of a repository (gitrepository-layout(5)), each read with a size cap and never waited for.

/// The directory itself, not what lies in it; symbolic links are followed. Throws Error(failed) when it
/// cannot be told.
enum class FileKind { absent, dangling_link, directory, regular, other };
FileKind kind_of(const std::filesystem::path& path);

/// Name for messages: quoted, and safe for a terminal.
std::string shown(const std::filesystem::path& path);

/// Both paths canonical: `inner` is `outer`, or lies in it.
bool is_within(const std::filesystem::path& inner, const std::filesystem::path& outer);

/// HEAD, and objects and refs here or in the common directory: what git itself asks of a git directory.
bool is_git_directory(const std::filesystem::path& directory);

/// Target of a "gitdir: <path>" file, canonical. Throws Error(failed) when it does not lead to a git
/// directory.
std::filesystem::path read_git_file(const std::filesystem::path& file);

/// `commondir` of a linked worktree's git directory resolved, else the directory itself; canonical.
std::filesystem::path common_directory(const std::filesystem::path& git_directory);

/// True when the file `gitdir`, with which git marks the git directory of a linked worktree, leads back to
/// `root`/.git.
bool names_working_tree(const std::filesystem::path& git_directory, const std::filesystem::path& root);

/// Full branch name, "detached", or for another ref its name after "refs/". Throws Error(failed).
std::string read_branch(const std::filesystem::path& git_directory);

}  // namespace cai
