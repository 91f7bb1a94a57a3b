#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "agent/operation.hpp"

namespace cai {

/// A mount as it will be made.
struct CheckedMount {
  std::filesystem::path host;  ///< canonical
  std::string inside;
  bool read_only = false;
};

/// Something that waits for the person's yes.
struct Gate {
  const char* name;  ///< of gate_names
  std::string reason;
};

/// A person is not gated. An agent needs each gate allowed, or the person's yes in its client, asked once for
/// all of them. Throws Error(refused) that names the flag.
void pass_gates(Call& call, const std::vector<Gate>& gates);

/// The gates that a create's arguments stand before; mounts are `mounts`.
std::vector<Gate> gates_of(Call& call, const std::vector<CheckedMount>& mounts);

/// The canonical host path, or Error(usage) naming the parameter; Error(refused) for what never goes into a
/// box: the engine's socket, /dev, /proc, /sys.
std::filesystem::path checked_host_path(Call& call, std::string_view parameter, const std::string& text);

/// True for a directory of the system, or a whole home.
bool is_system_directory(const Environment& environment, const std::filesystem::path& path);

}  // namespace cai
