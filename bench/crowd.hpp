#pragma once

#include "table.hpp"
#include "world.hpp"

namespace cai::bench {

/// What looking costs when there is much to look at: 10, 100 and 1,000 stopped containers.
void race_crowd(Table& table, const World& world);

}  // namespace cai::bench
