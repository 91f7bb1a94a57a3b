#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cai/base/error.hpp"
#include "cai/engine/engine.hpp"
#include "world.hpp"

namespace cai {

/// One test, on the engine that the parameter names. Everything it makes carries its own prefix and label,
/// and is gone after it.
class EngineContract : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override;
  void TearDown() override;

  Engine& engine() { return world_->engine(); }
  World& world() { return *world_; }
  [[nodiscard]] std::string name(const std::string& suffix) const { return prefix_ + suffix; }
  [[nodiscard]] std::string volume(const std::string& suffix);  ///< a name; the volume is removed in the end
  [[nodiscard]] std::string tag(const std::string& suffix);     ///< likewise for an image

  /// A container that sleeps under the engine's init, so that it can be stopped politely and at once.
  [[nodiscard]] ContainerRequest request() const;
  ContainerId create(const std::string& suffix, const ContainerRequest& wanted);
  ContainerId create(const std::string& suffix) { return create(suffix, request()); }
  ContainerId run(const std::string& suffix, const ContainerRequest& wanted);
  ContainerId run(const std::string& suffix) { return run(suffix, request()); }
  ContainerDetails inspect(const ContainerId& id);
  ContainerState state(const ContainerId& id) { return inspect(id).container.state; }
  ContainerDetails wait_until_exited(const ContainerId& id);
  ExecResult execute(const ContainerId& id, const std::vector<std::string>& command);

  /// An id that no container has.
  static ContainerId nobody() { return {std::string(64, 'e')}; }
  [[nodiscard]] std::string prefix() const { return prefix_; }

 private:
  void remove_containers();

  std::string prefix_;
  std::unique_ptr<World> world_;
  std::vector<std::string> volumes_;
  std::vector<std::string> tags_;
};

/// What the call throws; fails the test when it throws nothing.
Error error_of(const std::function<void()>& call);

inline constexpr const char* test_label = "containai.test";
/// As a question whether to stop.
inline const auto go_on = [] { return false; };
inline const auto ignore_line = [](std::string_view) {};

}  // namespace cai
