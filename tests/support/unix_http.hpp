#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "support/unix_listener.hpp"

namespace cai {

struct HttpQuestion {
  std::string method;
  std::string path;                          ///< decoded, without the query
  std::map<std::string, std::string> query;  ///< decoded
  std::string body;
};

struct HttpReply {
  int status = 200;
  std::string body;
  /// When set: answer "101 UPGRADED" instead, hand over the connection, and close it afterwards.
  std::function<void(int fd)> hijack = nullptr;
};

/// HTTP/1.1 on a unix socket, as much of it as an engine's client needs: kept connections, bodies with
/// Content-Length, upgrades. One thread for each connection; the handler is called for one request at a time.
class UnixHttpServer {
 public:
  using Handler = std::function<HttpReply(const HttpQuestion&)>;
  UnixHttpServer(const std::string& path, Handler handler);
  UnixHttpServer(const UnixHttpServer&) = delete;
  UnixHttpServer& operator=(const UnixHttpServer&) = delete;

 private:
  void serve(int fd);

  Handler handler_;
  std::mutex mutex_;  ///< one request at a time
  UnixListener listener_;
};

}  // namespace cai
