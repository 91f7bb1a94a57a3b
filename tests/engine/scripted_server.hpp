#pragma once

#include <sys/socket.h>

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "cai/engine/endpoint.hpp"
#include "support/temporary_directory.hpp"
#include "support/unix_listener.hpp"

namespace cai::test {

/// What the server does with one request on `fd`. False: it closes the connection then.
using Handler = std::function<bool(int fd)>;

/// A server on a unix socket in a directory of its own that answers each request with the next handler of a
/// script. When the script is over, it closes every connection on which a request comes.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<Handler> script);
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] Endpoint endpoint() const;
  /// Header and body of each request so far.
  std::vector<std::string> requests();
  std::size_t connections() { return listener_.connections(); }
  void drop_connections() { listener_.drop_connections(); }

 private:
  void serve(int fd);
  Handler next_handler(std::string request);

  TemporaryDirectory directory_;
  std::string path_;
  std::mutex mutex_;
  std::vector<Handler> script_;
  std::size_t used_ = 0;
  std::vector<std::string> requests_;
  UnixListener listener_;
};

using cai::send_text;
/// Reads until the peer half-closes.
std::string receive_all(int fd);

/// An answer with Content-Length; keeps the connection.
std::string answer_text(int status, std::string_view body, std::string_view headers = "");
Handler answer(int status, std::string body, std::string headers = "");
/// Sends bytes as they are and then closes, or keeps, the connection.
Handler raw(std::string bytes, bool keep = false);
/// Sends each piece by itself, so that the client sees them one by one.
Handler pieces(std::vector<std::string> parts, bool keep = true);
/// "101" and then the bytes of a hijacked stream, after which the stream ends.
Handler hijack(std::string stream);
/// One frame of a multiplexed stream.
std::string frame(int kind, std::string_view payload);

}  // namespace cai::test
