#pragma once

#include <optional>
#include <string>

#include "cli/app.hpp"
#include "cli/bring_up.hpp"
#include "cli/subject.hpp"

namespace cai {

/// Writes the archive of a workspace's volume to `output`: a file, a directory, "-" for standard output, or
/// nullopt for the current directory. Returns the archive's path as the user would write it; "" for standard
/// output. The container, running, stopped or absent, is not touched.
std::string export_workspace(App& app, Workshop& shop, const WorkspaceRow& row,
                             const std::optional<std::string>& output);

/// An image that the engine has, for a helper container that is never started: the workspace's own if there
/// is one.
std::string image_for_helper(App& app, const WorkspaceRow& row);

}  // namespace cai
