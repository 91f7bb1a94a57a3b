#pragma once

#include <filesystem>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "agent/operation.hpp"

namespace cai {

/// A mount as it will be made.
struct CheckedMount {
  std::filesystem::path host;  ///< canonical
  std::string inside;
  bool read_only = false;
  bool gated = false;  ///< gates_of() found a reason to ask the person about it
};

/// Something that waits for the person's yes.
struct Gate {
  const char* name;  ///< of gate_names
  std::string reason;
};

/// A person is not gated. An agent needs each gate allowed, or the person's yes in its client, asked once for
/// all of them. Throws Error(refused) that names the flag.
void pass_gates(Call& call, const std::vector<Gate>& gates);

/// The gates that a create's arguments stand before; mounts are `mounts`, of which it marks those that are
/// `gated`.
std::vector<Gate> gates_of(Call& call, std::vector<CheckedMount>& mounts);

/// Has to be there from before the container is created until it was started. The engine opens the folders
/// that it mounts by their paths, as the box starts, and follows links; who may write above such a folder
/// could put a link to anywhere in its place. So what may not be asked about is looked at once more, and
/// nothing of this session comes up meanwhile that could write there. Throws Error(refused).
class StillMounts {
 public:
  StillMounts(Call& call, const std::vector<CheckedMount>& mounts);

 private:
  std::shared_lock<std::shared_mutex> others_;  ///< of a box whose mounts nobody of the session can exchange
  std::unique_lock<std::shared_mutex> alone_;
};

/// The canonical host path, or Error(usage) naming the parameter; Error(refused) for what never goes into a
/// box: the engine's socket, /dev, /proc, /sys.
std::filesystem::path checked_host_path(Call& call, std::string_view parameter, const std::string& text);

/// True for a directory of the system, or a whole home.
bool is_system_directory(const Environment& environment, const std::filesystem::path& path);

}  // namespace cai
