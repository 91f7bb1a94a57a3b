#pragma once

#include <atomic>

#include "e2e/proxy.hpp"
#include "e2e/world.hpp"

namespace cai::e2e {

/// Kills a cai (SIGKILL) when its Nth request is about to reach the engine, which still gets it.
class Killer {
 public:
  /// From here on this world's cai reaches the engine through a proxy that lives as long as this object.
  explicit Killer(World& world);

  /// False: the command made fewer requests, and ended by itself.
  bool kill_at(int request, const std::filesystem::path& directory, const Words& arguments);

 private:
  World& world_;
  Proxy proxy_;
  std::atomic<int> at_ = 0;
  std::atomic<pid_t> victim_ = 0;
};

}  // namespace cai::e2e
