#pragma once

#include <filesystem>

#include "cli/app.hpp"

namespace cai {

/// `cai import` from a directory: what changed there since the last time goes into the workspace's volume,
/// made if there is none yet. Returns the exit code: 0, 1 when something could not be read, 4 when something
/// was kept.
int import_home(App& app, const std::filesystem::path& from);

}  // namespace cai
