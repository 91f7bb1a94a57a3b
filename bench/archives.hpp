#pragma once

#include "table.hpp"
#include "world.hpp"

namespace cai::bench {

/// Export and import of one volume, beside tar in a container and `docker cp`. CAI_BENCH_ARCHIVE_MIB says how
/// much is in it (256). Ends the workspace.
void race_archives(Table& table, const World& world);

}  // namespace cai::bench
