#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/fake_engine.hpp"
#include "support/unix_http.hpp"

namespace cai {

class SshBanner;

/// The fake engine behind a unix socket, for a program that is not linked with it: the part of the Docker
/// Engine API 1.41 that cai uses. While a container runs, something on its published port says "SSH-2.0-",
/// which is what cai waits for; nobody can log in there.
///
/// The engine may be prepared and looked at between two runs of the program, not during one.
class FakeServer {
 public:
  FakeServer(FakeEngine& engine, std::string socket_path);
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  [[nodiscard]] std::string url() const { return "unix://" + path_; }

 private:
  struct Exec {
    ContainerId container;
    ExecRequest request;
    bool with_input = false;
    int exit_code = 0;
  };

  HttpReply answer(const HttpQuestion& question);
  HttpReply route(const std::string& resource, const std::vector<std::string>& words,
                  const HttpQuestion& question);
  HttpReply containers(const std::vector<std::string>& words, const HttpQuestion& question);
  HttpReply change_container(const ContainerId& id, const std::string& action, const HttpQuestion& question);
  HttpReply create_container(const HttpQuestion& question);
  HttpReply volumes(const std::vector<std::string>& words, const HttpQuestion& question);
  HttpReply images(const std::string& reference, const HttpQuestion& question);
  HttpReply build(const HttpQuestion& question);
  HttpReply exec(const std::vector<std::string>& words);
  void run_exec(Exec& exec, int fd);
  void note_busy_ports(const ContainerId& id);
  void follow_ports();

  FakeEngine& engine_;
  std::string path_;
  std::map<std::string, Exec> execs_;
  std::map<int, std::unique_ptr<SshBanner>> banners_;  ///< by port
  std::unique_ptr<UnixHttpServer> server_;             ///< last: its threads use the rest
};

}  // namespace cai
