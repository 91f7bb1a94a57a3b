#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cai/ssh/ssh.hpp"

namespace cai::test {

std::string contents(const std::filesystem::path& file);
void write(const std::filesystem::path& file, const std::string& content);
mode_t mode_of(const std::filesystem::path& file);
int free_port();

/// What `ssh -G -F file host` says: every option, keyword in lower case; repeated ones joined with newlines.
std::map<std::string, std::string> effective_options(const std::filesystem::path& file,
                                                     const std::string& host);

/// A home of its own, with a name that needs quoting and escaping.
class World : public testing::Test {
 protected:
  World();
  ~World() override;

  [[nodiscard]] SshTarget target() const;

  std::filesystem::path home;
  Paths paths;
  WorkspaceId id{"0123456789abcdef"};
};

struct Session {
  SessionResult result;
  std::string output;
  double seconds_until_end_of_output = 0;
};

/// A real sshd that knows the workspace's keys, on a free port.
class ServerWorld : public World {
 protected:
  ServerWorld();
  ~ServerWorld() override;

  void start_server();
  void stop_server();
  /// run_session in a child, with its output and errors in a pipe.
  [[nodiscard]] Session run(const SessionRequest& request) const;
  [[nodiscard]] Session run(const std::string& command) const;
  [[nodiscard]] SessionRequest asking(const std::string& command) const;

  SshTarget server;
  SshFiles files;

 private:
  pid_t server_process_ = -1;
  std::filesystem::path server_directory_;
};

}  // namespace cai::test
