#pragma once

#include <gtest/gtest.h>

#include "e2e/world.hpp"

namespace cai::e2e {

/// A world with one repository, for tests of what is in its workspace.
class InOneWorkspace : public testing::Test {
 protected:
  Result cai(const Words& arguments) { return world.cai(repository, arguments); }
  /// What a script in the workspace's home prints, errors after the rest.
  std::string inside(const std::string& script) {
    const auto result = cai({"exec", "--", "sh", "-c", "cd ~; " + script});
    return result.out + result.err;
  }

  World world;
  std::filesystem::path repository = world.repository(World::unique());
};

}  // namespace cai::e2e
