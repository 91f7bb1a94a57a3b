#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cai/base/process_identity.hpp"
#include "cai/engine/engine.hpp"
#include "cai/store/store.hpp"

namespace cai {

/// What to ask for: a listing that nobody reads is not taken.
struct InventoryRequest {
  bool everybody = false;  ///< containers that are not managed too: they use images, volumes and networks
  bool images = false;
  bool volumes = false;   ///< managed ones
  bool networks = false;  ///< managed ones
  bool engine = false;  ///< what it is and where it has its data: no request of its own if `volumes` show it
  bool usage = false;   ///< sizes; slow, so asked beside the rest and given up after `usage_limit`
};

inline constexpr std::chrono::seconds usage_limit{5};

/// What the engine and the store say, taken once.
struct Inventory {
  InstanceId instance;
  EngineId engine;
  Timestamp now{};  ///< by the engine's clock, as the ages of what it has are
  std::vector<ObservedContainer> containers;
  std::vector<ImageDetails> images;  ///< with the intermediate ones
  std::vector<ObservedVolume> volumes;
  std::vector<ObservedNetwork> networks;
  EngineProduct product;           ///< when asked for
  std::string data_directory;      ///< of the engine, on its own host; when asked for
  std::optional<DiskUsage> usage;  ///< nullopt: not asked, or no answer in time
  std::map<WorkspaceId, WorkspaceRow> rows;
  std::vector<RunRow> runs;                          ///< records
  std::vector<FormerVolume> former_volumes;          ///< of this engine
  std::map<ContainerId, Timestamp> finished;         ///< as far as they were looked up
  std::map<ContainerId, std::string> not_looked_up;  ///< asked for, and why there is no answer

  std::set<ContainerId> attended;  ///< runs and boxes whose cai still works on them

  /// The workspace of a container of ours; nullptr: none that the store knows.
  [[nodiscard]] const WorkspaceRow* row_of(const ObservedContainer& container) const;
};

/// Every workspace that the store knows.
std::map<WorkspaceId, WorkspaceRow> rows_by_id(const Store& store);

/// A run or box whose owner lives, and one that was made and not started yet by an owner that nobody can
/// judge from here.
bool is_attended(const ObservedContainer& container, const ProcessIdentity& self);

/// `now` is for an engine that does not tell the time. Throws when the engine cannot be asked; only `usage`
/// may stay unknown.
Inventory take_inventory(const InventoryRequest& request, Engine& engine, const Connect& connect,
                         const Store& store, const EngineId& engine_id, const InstanceId& instance,
                         Timestamp now);

/// Asks when these containers ended, a few at a time and each with a deadline of its own, so that one that
/// the engine cannot tell about does not hide the others. Containers that are gone are dropped from the
/// inventory.
void look_up_finish_times(Inventory& inventory, const std::vector<ContainerId>& containers,
                          const Connect& connect);

}  // namespace cai
