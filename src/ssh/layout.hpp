#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "cai/base/error.hpp"
#include "cai/ssh/ssh.hpp"

namespace cai {

/// The longest path for a control socket: sun_path has 108 bytes, and while ssh makes the socket it appends a
/// random suffix of 17.
inline constexpr std::size_t max_control_path = 89;

/// The key that cai presents to every workspace; `.pub` is beside it.
std::filesystem::path client_key_file(const SshFiles& files, const WorkspaceId& id);

/// Both become file names and words of ssh_config(5). Throw Error(ssh_setup).
void require_valid_name(const std::string& name);
void require_valid_id(const WorkspaceId& id);

/// The same error under the name that the contract of this room promises.
Error as_ssh_setup(const Error& error, const std::string& doing);

/// Runs `work`; an Error(failed) from the rooms below comes out as Error(ssh_setup).
template <typename Work>
auto as_ssh_setup_step(const std::string& doing, Work&& work) {
  try {
    return std::forward<Work>(work)();
  } catch (const Error& error) {
    throw as_ssh_setup(error, doing);
  }
}

}  // namespace cai
