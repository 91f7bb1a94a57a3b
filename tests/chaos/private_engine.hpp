#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace cai::chaos {

/// A Docker Engine of our own, in a network namespace of our own, so that it can be killed, and what is wrong
/// with it reaches nobody else. Needs root and dockerd.
class PrivateEngine {
 public:
  /// Moves this process into a new network namespace, and starts an engine there that has `images`, taken
  /// from the engine at `source` (DOCKER_HOST). Throws std::runtime_error with the reason when that cannot
  /// be.
  PrivateEngine(const std::string& source, const std::vector<std::string>& images);
  ~PrivateEngine();
  PrivateEngine(const PrivateEngine&) = delete;
  PrivateEngine& operator=(const PrivateEngine&) = delete;

  [[nodiscard]] std::string socket() const { return directory_ / "docker.sock"; }
  [[nodiscard]] std::string host() const { return "unix://" + socket(); }
  /// SIGKILL, as when a machine runs out of memory, and a start afterwards that waits until it answers.
  void kill_and_restart();
  /// The files of a volume, as they are on this machine.
  [[nodiscard]] std::filesystem::path volume(const std::string& name) const;

 private:
  void start();
  void end(int signal);
  void end_containerd();
  void take_images(const std::string& source, const std::vector<std::string>& images);

  std::filesystem::path directory_;
  pid_t pid_ = -1;
};

}  // namespace cai::chaos
