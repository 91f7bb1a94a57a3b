#pragma once

#include "cai/home/scan.hpp"
#include "cli/app.hpp"

namespace cai {

/// Lets new volumes get what `import.on_create` brings along: marked before the volume is made, and filled
/// into a container that has never run, just before its first start. Whoever is killed in between has it done
/// by the next command. A failure is a warning, never one of the creation.
void bring_home_along(App& app, Workshop& shop);

/// What configuration says of every home import.
HomeSelection home_selection(App& app, const std::filesystem::path& git_directory);

/// The variables of `env.import` that the caller has.
std::map<std::string, std::string> imported_variables(App& app);

}  // namespace cai
