#pragma once

#include <filesystem>
#include <vector>

#include "cai/base/environment.hpp"
#include "cai/base/time.hpp"

namespace cai {

/// Temporary files of ours that a killed command left behind, in every directory in which cai makes them:
/// those that are old and that no living process holds.
std::vector<std::filesystem::path> dead_temporary_files(const Paths& paths, Timestamp now);

}  // namespace cai
