#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "e2e/world.hpp"
#include "support/fake_server.hpp"

namespace cai::test {

/// One user with the repository `myapp` on branch `feature/auth`, and an engine that nobody else uses. Three
/// days have passed on it, so that ages and uptimes are words that stay the same for a test's duration.
class Desk {
 public:
  Desk();

  /// Runs cai in the repository.
  e2e::Result cai(const e2e::Words& arguments) { return world.cai(repository, arguments); }
  /// Everything that a person sees of it: the command line, both streams, the exit code. What differs from
  /// run to run is replaced by a word in angle brackets.
  std::string transcript(const e2e::Words& arguments);
  /// The container that has the workspace's name; fails the test when there is none.
  const FakeContainer& container();

  e2e::World world;
  FakeEngine engine;
  std::filesystem::path repository;

 private:
  void choose_ports();
  [[nodiscard]] std::string with_placeholders(std::string text) const;

  int first_port_ = 0;
  std::unique_ptr<FakeServer> server_;
};

}  // namespace cai::test
