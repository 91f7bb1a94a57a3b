// Model Context Protocol (modelcontextprotocol.io, 2024-11-05 to 2025-11-25) over stdio: one message a line,
// nothing else on standard output.
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "agent/mcp_server.hpp"

namespace cai {
namespace {

constexpr std::size_t longest_line = 16U << 20U;
constexpr std::chrono::milliseconds end_of_input_patience = std::chrono::seconds(3);

/// Splits the input into lines; a line that is too long is dropped to its end.
class LineReader {
 public:
  /// False at the end of input.
  bool read_from(int input, McpServer& server) {
    std::array<char, 65536> buffer;  // NOLINT: read fills it
    const ssize_t count = ::read(input, buffer.data(), buffer.size());
    if (count < 0) return errno == EINTR || errno == EAGAIN;
    if (count == 0) return false;
    std::string_view rest(buffer.data(), static_cast<std::size_t>(count));
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      add(rest.substr(0, end));
      if (too_long_)
        server.line_too_long();
      else
        server.line(pending_);
      pending_.clear();
      too_long_ = false;
      rest.remove_prefix(end + 1);
    }
    add(rest);
    return true;
  }

 private:
  void add(std::string_view piece) {
    too_long_ = too_long_ || pending_.size() + piece.size() > longest_line;
    if (too_long_)
      pending_.clear();
    else
      pending_ += piece;
  }
  std::string pending_;
  bool too_long_ = false;
};

}  // namespace

void serve_mcp(BoxSession& session, int input, int output, int stop, const std::string& version) {
  McpServer server(session, output, version);
  LineReader reader;
  // A client that sends all it has and closes still gets its answers; a signal means now.
  auto patience = end_of_input_patience;
  while (true) {
    std::array<pollfd, 2> watched{{{input, POLLIN, 0}, {stop, POLLIN, 0}}};
    if (::poll(watched.data(), watched.size(), -1) < 0) continue;
    if (watched[1].revents != 0) {
      patience = std::chrono::milliseconds(0);
      break;
    }
    if (watched[0].revents != 0 && !reader.read_from(input, server)) break;
  }
  server.farewell(patience);
  session.end();
}

}  // namespace cai
