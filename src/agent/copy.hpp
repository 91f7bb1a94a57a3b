#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "agent/box.hpp"

namespace cai {

/// The path that a repository's address means on the host ("/p", "./p", "../p", "~/p", "file:///p"), or
/// nullopt: it is a URL.
std::optional<std::filesystem::path> host_path_of(const Environment& environment, const std::string& address);

/// For an agent: hidden files and directories of the home (keys, tokens) and the system's directories wait
/// behind the gate "copy".
void refuse_sensitive_path(Call& call, const std::filesystem::path& path);

/// Copies a file or directory of the host into `directory` of the box as `name`, with modes and links, owned
/// by the box's user. Throws Error(failed).
void send_to_box(Call& call, const Box& box, const std::filesystem::path& source,
                 const std::string& directory, const std::string& name);

}  // namespace cai
