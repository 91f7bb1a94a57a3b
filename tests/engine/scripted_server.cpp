#include "engine/scripted_server.hpp"

#include <fmt/format.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

namespace cai::test {
namespace {

UniqueFd listen_at(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof(address.sun_path) - 1));
  const bool ready = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
                     ::listen(fd.get(), 16) == 0;
  if (!ready) throw std::runtime_error("cannot listen at " + path);
  return fd;
}

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
    : path_(directory_.path() / "engine.sock"), listener_(listen_at(path_)), script_(std::move(script)) {
  acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
  ::shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  for (const UniqueFd& each : sockets_) ::shutdown(each.get(), SHUT_RDWR);
  for (std::thread& each : threads_) each.join();
}

Endpoint ScriptedServer::endpoint() const {
  return parse_endpoint(path_);
}

std::vector<std::string> ScriptedServer::requests() {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::size_t ScriptedServer::connections() {
  const std::lock_guard lock(mutex_);
  return sockets_.size();
}

void ScriptedServer::drop_connections() {
  const std::lock_guard lock(mutex_);
  for (const UniqueFd& each : sockets_) ::shutdown(each.get(), SHUT_RDWR);
}

void ScriptedServer::accept_all() {
  while (true) {
    UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket.valid()) return;
    const std::lock_guard lock(mutex_);
    const int fd = socket.get();
    sockets_.push_back(std::move(socket));
    threads_.emplace_back([this, fd] { serve(fd); });
  }
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
  // The descriptor itself stays open until the end, so that its number is not given to somebody else
  // meanwhile.
  ::shutdown(fd, SHUT_RDWR);
}

void send_text(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
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
