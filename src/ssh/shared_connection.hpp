#pragma once

#include <filesystem>
#include <string>

#include "cai/ssh/ssh.hpp"

namespace cai {

/// Makes the directory of control_path. False when somebody else owns it: then nothing may be shared, because
/// whoever answers on the socket gets the session.
bool prepare_control_directory(const SshFiles& files, const WorkspaceId& id);

/// Asks the master behind the socket, if there is one, to take no more sessions and to end with its last one.
void stop_sharing(const std::filesystem::path& control_path, const std::string& name) noexcept;

}  // namespace cai
