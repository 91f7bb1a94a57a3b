#pragma once

#include "cai/data/filling.hpp"
#include "cli/bring_up.hpp"

namespace cai {

/// The workspace's row; of a new workspace, one that is not wanted running yet.
WorkspaceRow row_to_fill(Workshop& shop, const EngineId& engine, const Target& target);

/// The directory of marks of volumes that are being filled; what killed imports left there is removed.
std::filesystem::path prepare_filling(App& app, Workshop& shop);

}  // namespace cai
