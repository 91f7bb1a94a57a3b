#pragma once

#include <memory>
#include <string>

#include "cai/engine/engine.hpp"

namespace cai {

/// An engine and the few things a test must do to it that the port cannot.
class World {
 public:
  virtual ~World() = default;
  virtual Engine& engine() = 0;
  virtual void pause(const ContainerId& id) = 0;
  /// Something that is no container listens on a free port of 127.0.0.1 from now on. Returns the port.
  virtual int occupy_port() = 0;
};

/// `image` exists in it, and commands run on this machine, which stands for the inside of every container.
std::unique_ptr<World> make_fake_world(const std::string& image);
/// The engine that choose_endpoint finds. Throws std::runtime_error with a sentence for the developer when
/// none answers or `image` is not there.
std::unique_ptr<World> make_real_world(const std::string& image);

/// The image that containers are made of: $CAI_TEST_IMAGE, or debian:bookworm-slim.
std::string test_image();
/// A port of 127.0.0.1 that was free a moment ago.
int free_port();

}  // namespace cai
