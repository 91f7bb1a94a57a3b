#include "e2e/proxy.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

namespace cai::e2e {
namespace {

constexpr const char* engine_socket = "/var/run/docker.sock";

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("socket path too long: " + path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

bool send_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const auto count = send(fd, data, size, MSG_NOSIGNAL);
    if (count <= 0) return false;
    data += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

/// cai sends each request's head in one piece, so a request begins where a piece begins with a method.
bool begins_request(const char* data, std::size_t size) {
  for (const char* method : {"GET /", "POST /", "DELETE /", "HEAD /", "PUT /"}) {
    if (size > std::strlen(method) && std::strncmp(data, method, std::strlen(method)) == 0) return true;
  }
  return false;
}

}  // namespace

Proxy::Proxy(std::string socket_path) : path_(std::move(socket_path)) {
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = address_of(path_);
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener_, 128) != 0) {
    throw std::runtime_error("cannot listen on " + path_);
  }
  acceptor_ = std::thread([this] { accept_loop(); });
}

Proxy::~Proxy() {
  stopping_ = true;
  acceptor_.join();
  for (auto& connection : connections_) connection.join();
  close(listener_);
  unlink(path_.c_str());
}

std::vector<std::string> Proxy::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void Proxy::reset() {
  const std::lock_guard lock(mutex_);
  requests_.clear();
}

void Proxy::accept_loop() {
  while (!stopping_) {
    pollfd waiting = {listener_, POLLIN, 0};
    if (poll(&waiting, 1, 50) <= 0) continue;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) connections_.emplace_back([this, client] { serve(client); });
  }
}

void Proxy::serve(int client) {
  const int engine = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = address_of(engine_socket);
  bool open = connect(engine, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  char buffer[65536];
  while (open && !stopping_) {
    pollfd fds[2] = {{client, POLLIN, 0}, {engine, POLLIN, 0}};
    if (poll(fds, 2, 50) <= 0) continue;
    if (fds[0].revents != 0) {
      const auto count = recv(client, buffer, sizeof buffer, 0);
      if (count < 0) break;
      if (count == 0) {
        shutdown(engine, SHUT_WR);
        if (fds[1].revents == 0) {
          pollfd rest = {engine, POLLIN, 0};
          if (poll(&rest, 1, 200) <= 0) break;
        }
      }
      const auto size = static_cast<std::size_t>(count);
      if (begins_request(buffer, size)) {
        const std::string line(buffer, std::min(size, std::string(buffer, size).find('\r')));
        int number = 0;
        {
          const std::lock_guard lock(mutex_);
          requests_.push_back(line);
          number = static_cast<int>(requests_.size());
        }
        const auto answer = on_request ? on_request(number, line) : std::string();
        if (!answer.empty()) {
          send_all(client, answer.data(), answer.size());
          break;
        }
      }
      if (size > 0 && !send_all(engine, buffer, size)) break;
    }
    if (fds[1].revents != 0) {
      const auto count = recv(engine, buffer, sizeof buffer, 0);
      if (count <= 0 || !send_all(client, buffer, static_cast<std::size_t>(count))) break;
    }
  }
  close(engine);
  close(client);
}

}  // namespace cai::e2e
