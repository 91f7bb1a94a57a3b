#include "engine/scripted_server.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace cai::test {
namespace {

/// One request with its body; "" when the peer closed.
std::string read_request(int fd) {
  std::string text;
  std::size_t wanted = std::string::npos;
  while (text.size() < wanted) {
    std::array<char, 4096> buffer{};
    const std::size_t room = wanted == std::string::npos ? 1 : std::min(buffer.size(), wanted - text.size());
    const ssize_t count = ::recv(fd, buffer.data(), room, 0);
    if (count <= 0) return {};
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (wanted == std::string::npos && text.ends_with("\r\n\r\n")) {
      const std::size_t at = text.find("Content-Length: ");
      wanted = text.size() + (at == std::string::npos ? 0 : std::stoul(text.substr(at + 16)));
    }
  }
  return text;
}

}  // namespace

ScriptedServer::ScriptedServer(std::vector<Handler> script)
    : path_(directory_.path() / "engine.sock"),
      script_(std::move(script)),
      listener_(path_, [this](int fd) { serve(fd); }) {}

Endpoint ScriptedServer::endpoint() const {
  return parse_endpoint(path_);
}

std::vector<std::string> ScriptedServer::requests() {
  const std::lock_guard lock(mutex_);
  return requests_;
}

Handler ScriptedServer::next_handler(std::string request) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(std::move(request));
  return used_ < script_.size() ? script_[used_++] : Handler();
}

void ScriptedServer::serve(int fd) {
  while (true) {
    std::string request = read_request(fd);
    if (request.empty()) break;
    const Handler handler = next_handler(std::move(request));
    if (!handler || !handler(fd)) break;
  }
}

std::string receive_all(int fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (count <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

std::string answer_text(int status, std::string_view body, std::string_view headers) {
  return fmt::format("HTTP/1.1 {} Words\r\nServer: Docker/20.10 (linux)\r\n{}Content-Length: {}\r\n\r\n{}",
                     status, headers, body.size(), body);
}

Handler answer(int status, std::string body, std::string headers) {
  return raw(answer_text(status, body, headers), true);
}

Handler raw(std::string bytes, bool keep) {
  return [bytes = std::move(bytes), keep](int fd) {
    send_text(fd, bytes);
    return keep;
  };
}

Handler pieces(std::vector<std::string> parts, bool keep) {
  return [parts = std::move(parts), keep](int fd) {
    for (const std::string& part : parts) {
      send_text(fd, part);
      std::this_thread::yield();
    }
    return keep;
  };
}

Handler hijack(std::string stream) {
  return raw(
      "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\n"
      "Upgrade: tcp\r\n\r\n" +
      stream);
}

std::string frame(int kind, std::string_view payload) {
  std::string text{static_cast<char>(kind), 0, 0, 0};
  for (int shift = 24; shift >= 0; shift -= 8)
    text += static_cast<char>(payload.size() >> static_cast<unsigned>(shift));
  return text.append(payload);
}

}  // namespace cai::test
