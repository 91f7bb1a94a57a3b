#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace cai::fuzz {

/// Of the inputs in `found` those few that reach places in the code which nothing in `corpus` reaches, each
/// shortened as far as it still does, into files of `folder`. `run` gives an input to the target. Returns how
/// many.
std::size_t harvest(const std::vector<std::string>& corpus, std::vector<std::string> found,
                    const std::filesystem::path& folder, const std::function<void(const std::string&)>& run);

}  // namespace cai::fuzz
