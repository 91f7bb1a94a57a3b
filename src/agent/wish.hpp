#pragma once

#include <string>
#include <vector>

#include "agent/gates.hpp"
#include "agent/operation.hpp"
#include "cai/agent/purpose.hpp"

namespace cai {

/// What a create is going to make.
struct Wish {
  std::string name;
  std::string purpose_word;  ///< as the caller said; "" without
  const Purpose* purpose = nullptr;
  bool clean = false;
  std::string workdir;
  std::vector<CheckedMount> mounts;
  std::vector<std::string> notes;
  std::string network;  ///< named network of ours, or ""
  std::string snapshot;
  ChosenImage image;
  bool service = false;
  std::string user;
  std::string ssh_directory;
  bool only_for_this_call = false;  ///< a container that merely looks at something
};

/// From the arguments of create and restore, with nothing asked of the engine yet. Throws Error(usage) naming
/// the parameter, Error(refused) for what never goes into a box.
Wish wish_of(Call& call);
/// Of `memory_limit`. Throws Error(usage).
std::int64_t memory_bytes(const Call& call);
/// Notes a named network in the wish. Throws Error(not_found), or Error(not_ours).
void check_network(Call& call, Wish& wish);

/// The container for the wish, once its image is known; labels and all.
ContainerRequest request_of(Call& call, const Wish& wish);

}  // namespace cai
