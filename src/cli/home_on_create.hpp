#pragma once

#include "cai/home/scan.hpp"
#include "cli/app.hpp"

namespace cai {

/// Lets new volumes get what `import.on_create` brings along: marked before the volume is made; written as
/// one tar beside the workspace's keys before a container starts on it, where its init finds it; done when
/// the container answers. Whoever is killed in between has it done by the next command. A failure is a
/// warning, never one of the creation.
void bring_home_along(App& app, Workshop& shop);

/// Removes the tar of a workspace, if it is still there.
void remove_home_archive(App& app, const WorkspaceId& id);

/// What configuration says of every home import.
HomeSelection home_selection(App& app, const std::filesystem::path& git_directory);

/// The variables of `env.import` that the caller has.
std::map<std::string, std::string> imported_variables(App& app);

}  // namespace cai
