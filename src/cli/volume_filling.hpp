#pragma once

#include "cai/data/filling.hpp"
#include "cai/data/volume_helper.hpp"
#include "cli/bring_up.hpp"

namespace cai {

/// The workspace's row; of a new workspace, one that is not wanted running yet.
WorkspaceRow row_to_fill(Workshop& shop, const EngineId& engine, const Target& target);

/// Writes a tar into the new volume that `helper` has. Throws as the engine does; when there is no room it
/// says on which side.
void fill_new_volume(Engine& engine, const VolumeHelper& helper, const ArchiveSource& source,
                     const std::function<bool()>& should_stop);

/// The directory of marks of volumes that are being filled.
std::filesystem::path filling_marks(const Paths& paths);

/// Whether a killed export or import left something on the engine. Asks only our own directories, so that
/// every command may.
bool has_killed_transfers(const Paths& paths);

/// Removes what they left: helper containers, and volumes that never came into service.
void clear_killed_transfers(App& app, Engine& engine, const InstanceId& instance, const Store& store);

}  // namespace cai
