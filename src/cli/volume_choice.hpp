#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cai/base/filesystem.hpp"
#include "cai/converge/rows.hpp"
#include "cai/engine/engine.hpp"
#include "cai/store/store.hpp"
#include "cli/app.hpp"

namespace cai {

/// What there is to know before a workspace gets a volume that somebody named.
struct VolumeFacts {
  std::string name;
  InstanceId instance;
  WorkspaceRow row;           ///< the workspace as it is, or as it would be made
  bool row_is_there = false;  ///< false: it would be made
  std::optional<ObservedVolume> volume;
  std::optional<FormerVolume> former;   ///< what the store says of the volume, unless it is in service
  std::vector<std::string> holders;     ///< other workspaces that have it
  std::vector<std::string> containers;  ///< others that mount it, running or not
  bool configured = false;              ///< `data_volume` names it: shared on purpose, whoever made it
};

struct VolumeChoice {
  enum class Use {
    present,    ///< the workspace has it already
    shared,     ///< a volume that is nobody's own: made when it is missing
    take_over,  ///< a former volume of this cai, which becomes the workspace's own
  };
  Use use = Use::present;
  std::string volume_id;  ///< of take_over: its nonce
};

/// Throws Error(refused) or Error(not_ours) with the reason.
VolumeChoice judge_volume(const VolumeFacts& facts);

/// Looks at the engine and the store.
VolumeFacts gather_volume_facts(App& app, const std::string& name, const WorkspaceRow& row,
                                bool row_is_there);

/// A volume that --volume names for any workspace, or `data_volume` for a new one.
struct NamedVolume {
  std::string name;
  bool by_flag = false;
};

/// What becomes of it. Of two cai that want the same former volume one waits for the lock, and then finds the
/// volume in use; gc leaves it alone meanwhile.
struct VolumeWish {
  std::optional<FileLock> lock;
  std::string name;
  VolumeChoice choice;
};
/// judge_volume before anything is written, and the question that taking over a former volume needs; without
/// a volume, or for a workspace that has one while only the configuration names another, nothing is asked.
/// Throws Error(refused) when nobody said yes.
VolumeWish decide_on_volume(App& app, const Workshop& shop, const std::optional<NamedVolume>& volume,
                            const RowRequest& request);

}  // namespace cai
