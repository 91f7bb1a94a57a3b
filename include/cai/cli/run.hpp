#pragma once

#include <string>
#include <vector>

#include "cai/base/environment.hpp"

namespace cai {

/// The whole program: understands `words` (argv without its first), runs the command with the process's own
/// standard streams, and returns the exit code. The one place where an Error ends.
int run(const std::vector<std::string>& words, const Environment& environment);

}  // namespace cai
