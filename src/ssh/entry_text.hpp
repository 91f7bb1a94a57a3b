#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "cai/ssh/ssh.hpp"

namespace cai {

/// First line of every file of ours in ~/.ssh.
inline constexpr std::string_view entry_marker =
    "# Written by cai (ContainAI); your changes here are lost.\n";

/// What differs between the entry for a person's ssh and the configuration of one session of ours.
struct HostBlockOptions {
  std::filesystem::path control_path;  ///< empty: connections are not shared
  std::string forward_agent = "no";    ///< an argument of ssh_config(5), quoted where needed
  std::string environment;             ///< SendEnv and SetEnv lines
};

/// Throws Error(ssh_setup) for names and paths that ssh_config(5) cannot say, Error(usage) for bad forwards.
std::string host_block(const SshTarget& target, const SshFiles& files, const HostBlockOptions& options);

/// One word of ssh_config(5).
std::string config_word(std::string_view text);
/// The path as ssh wants it wherever it expands %-tokens.
std::string without_tokens(const std::filesystem::path& path);
/// One word for a keyword whose argument is a path: %-tokens and ${variables} would be expanded there.
/// Throws Error(ssh_setup) for paths that cannot be written.
std::string config_path(const std::filesystem::path& path);

/// True when `value` means itself in a SetEnv line with every OpenSSH: a line break ends the line, and from
/// version 10 on % and ${ are expanded (and an unknown %-token is fatal).
bool fits_set_env(std::string_view value);
/// One SetEnv line with all of `variables`, as OpenSSH before 9.4 obeys only the first; "" when there are
/// none. Throws Error(usage) when a name is none.
std::string set_env_line(const std::map<std::string, std::string>& variables);

}  // namespace cai
