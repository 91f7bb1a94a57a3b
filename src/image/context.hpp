#pragma once

#include <filesystem>
#include <vector>

#include "cai/image/template.hpp"

namespace cai {

/// The files of a template's folder that its .dockerignore lets through, sorted by path. Throws Error(failed)
/// as load_template says.
std::vector<ContextFile> read_context(const std::filesystem::path& folder);

}  // namespace cai
