#pragma once

#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "cai/base/filesystem.hpp"

namespace cai {

/// A listening unix socket, with a thread for each connection. The end of its life ends them all.
class UnixListener {
 public:
  /// `serve` runs in the connection's own thread; when it returns, the connection is shut down.
  UnixListener(const std::string& path, std::function<void(int fd)> serve);
  ~UnixListener();
  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;

  std::size_t connections();
  /// Ends every open connection, as a restarted engine does.
  void drop_connections();

 private:
  void accept_all();

  std::function<void(int fd)> serve_;
  UniqueFd listener_;
  std::mutex mutex_;
  std::list<UniqueFd>
      sockets_;  ///< open until the end, so that no number is given to somebody else meanwhile
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

/// All of it, or as much as the peer takes.
void send_text(int fd, std::string_view text);

}  // namespace cai
