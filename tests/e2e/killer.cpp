#include "e2e/killer.hpp"

#include <signal.h>

#include <thread>

namespace cai::e2e {

Killer::Killer(World& world) : world_(world), proxy_((world.root() / "p").string()) {
  world_.environment["DOCKER_HOST"] = "unix://" + (world_.root() / "p").string();
  proxy_.on_request = [this](int number, const std::string&) {
    if (number != at_) return std::string();
    while (victim_ == 0) std::this_thread::yield();
    kill(victim_, SIGKILL);
    return std::string();
  };
}

bool Killer::kill_at(int request, const std::filesystem::path& directory, const Words& arguments) {
  proxy_.reset();
  at_ = request;
  Words argv = {cai_binary()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  victim_ = world_.spawn(argv, directory);
  const bool died = World::wait(victim_).code == 128 + SIGKILL;
  at_ = 0;
  victim_ = 0;
  return died;
}

}  // namespace cai::e2e
