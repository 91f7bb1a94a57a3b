#pragma once

#include "table.hpp"
#include "world.hpp"

namespace cai::bench {

/// The same jobs through @devcontainers/cli (from npm), docker-compose and distrobox (from Debian). A tool
/// that is not there, or does not get its container to run, is named with the reason. The workspace runs.
void race_tools(Table& table, const World& world);

}  // namespace cai::bench
