#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>

#include "process.hpp"

namespace cai::bench {

/// One user's world; what it made on the engine goes with it.
class World {
 public:
  explicit World(std::string cai);
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World();

  /// A repository on the branch feature/auth, which becomes the current directory.
  void make_repository(const std::string& name) const;
  void enter(const std::string& repository) const { std::filesystem::current_path(root_ / repository); }

  [[nodiscard]] Argv cai(std::initializer_list<std::string> words) const;
  [[nodiscard]] Argv plain_ssh(const std::string& port) const;
  /// Ends shared SSH connections, so that the next session is a first one.
  void close_shared() const;

  [[nodiscard]] const std::string& program() const { return cai_; }
  [[nodiscard]] const std::filesystem::path& root() const { return root_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string container() const { return name_ + "-auth"; }
  [[nodiscard]] std::string port() const;
  /// Where a relay to the engine may listen.
  [[nodiscard]] std::string relay() const { return (root_ / "relay").string(); }

 private:
  std::string cai_;
  std::filesystem::path root_;
  std::string name_;
};

std::string engine_socket();

}  // namespace cai::bench
