#pragma once

#include <set>
#include <string>
#include <vector>

#include "chaos/private_engine.hpp"
#include "e2e/world.hpp"

namespace cai::chaos {

/// One person's workspace with something in its data volume, beside somebody else's container; and the
/// question what of it is still as it must be.
class House {
 public:
  House(e2e::World& world, PrivateEngine& engine);

  [[nodiscard]] const std::filesystem::path& repository() const { return repository_; }
  [[nodiscard]] std::filesystem::path archive() const { return world_.root() / "saved.tgz"; }
  [[nodiscard]] std::filesystem::path export_target() const { return world_.root() / "export.tgz"; }

  /// The workspace runs and its volume holds what is worth keeping. Throws std::runtime_error when cai
  /// cannot.
  void furnish();
  void must(const e2e::Words& arguments);

  /// What is wrong now that a plain command has converged; "" when all is well. `what_is_lost` says data of
  /// the volumes seen by furnish() is gone, which is worse than anything.
  [[nodiscard]] std::string complaint();
  static constexpr const char* run_left = "a run was left behind";  ///< one of its complaints
  /// Of the workspace's container, in the engine's words: "running", "exited"; "" without one; with several,
  /// each on a line.
  [[nodiscard]] std::string state();
  [[nodiscard]] std::string what_is_lost();

 private:
  [[nodiscard]] std::vector<std::string> containers(const std::string& format);
  [[nodiscard]] std::vector<std::string> lines(const e2e::Words& docker_arguments);

  e2e::World& world_;
  PrivateEngine& engine_;
  std::filesystem::path repository_;
  std::string bystander_;
  std::set<std::string> precious_;  ///< volumes with data in them
};

}  // namespace cai::chaos
