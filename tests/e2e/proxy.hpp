#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cai::e2e {

/// A man in the middle on the engine's unix socket: counts the requests of cai, and may answer one instead of
/// the engine. One thread for each connection; it understands just enough HTTP to see where a request begins.
class Proxy {
 public:
  explicit Proxy(std::string socket_path, std::string engine_socket = "/var/run/docker.sock");
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  /// Called with the number (from 1) and first line of each request before it is passed on. A non-empty
  /// result is sent as the answer and the connection closed; the engine never sees the request.
  std::function<std::string(int number, const std::string& request)> on_request;

  /// What the engine gets instead of a request's first piece: its head, and a short body. May be empty.
  std::function<std::string(std::string piece)> rewrite;

  /// What else may become of a request, or of its answer.
  enum class Deed {
    pass,
    cut,          ///< the connection ends, and the engine never sees the request
    lose_answer,  ///< the engine does it, and nothing of its answer arrives
    cut_answer,   ///< half of the answer's first piece arrives
    repeat,       ///< the engine is asked twice
    hold,         ///< nobody answers, for as long as somebody waits
  };
  std::function<Deed(int number, const std::string& request)> on_deed;

  [[nodiscard]] std::vector<std::string> requests() const;
  void reset();

 private:
  void accept_loop();
  void serve(int client);
  void pump(int client, int engine);
  void wait_for_end(int client) const;
  void ask_aside(const char* data, std::size_t size) const;

  std::string path_;
  std::string engine_socket_;
  int listener_ = -1;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

}  // namespace cai::e2e
