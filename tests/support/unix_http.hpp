#pragma once

#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "cai/base/filesystem.hpp"

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
  ~UnixHttpServer();
  UnixHttpServer(const UnixHttpServer&) = delete;
  UnixHttpServer& operator=(const UnixHttpServer&) = delete;

 private:
  void accept_all();
  void serve(int fd);

  Handler handler_;
  std::mutex mutex_;  ///< one request at a time, and the lists below
  UniqueFd listener_;
  std::list<UniqueFd> sockets_;
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace cai
