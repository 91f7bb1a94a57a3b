#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cai/base/filesystem.hpp"

namespace cai {

/// The whole file; nullopt when it cannot be read or has more than 4 MiB.
std::optional<std::string> read_small_file(const UniqueFd& file);

/// The text with every path below `source` replaced by the same one below the home inside.
std::string with_paths_inside(std::string text, const std::filesystem::path& source);

}  // namespace cai
