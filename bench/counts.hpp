#pragma once

#include "world.hpp"

namespace cai::bench {

/// What does not depend on the weather: requests to the engine, programs and system calls of each command, as
/// a table. Without strace(1) the last two are left out, and it is said.
void print_counts(const World& world);

}  // namespace cai::bench
