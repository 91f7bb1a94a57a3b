#pragma once

#include "table.hpp"
#include "world.hpp"

namespace cai::bench {

/// Entering, asking and running beside the engine's client and plain ssh. The workspace runs.
void race_sessions(Table& table, const World& world);
/// Creating, starting, stopping.
void race_lives(Table& table, const World& world);

}  // namespace cai::bench
