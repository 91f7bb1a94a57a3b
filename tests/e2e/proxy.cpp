#include "e2e/proxy.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>

namespace cai::e2e {
namespace {

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

/// -1: nobody listens there.
int connected_to(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = address_of(path);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  close(fd);
  return -1;
}

/// cai sends each request's head in one piece, so a request begins where a piece begins with a method.
bool begins_request(const char* data, std::size_t size) {
  for (const char* method : {"GET /", "POST /", "DELETE /", "HEAD /", "PUT /"}) {
    if (size > std::strlen(method) && std::strncmp(data, method, std::strlen(method)) == 0) return true;
  }
  return false;
}

}  // namespace

Proxy::Proxy(std::string socket_path, std::string engine_socket)
    : path_(std::move(socket_path)), engine_socket_(std::move(engine_socket)) {
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
  const int engine = connected_to(engine_socket_);
  if (engine >= 0) pump(client, engine);
  close(engine);
  close(client);
}

void Proxy::pump(int client, int engine) {
  char buffer[65536];
  auto deed = Deed::pass;
  bool half_closed = false;
  while (!stopping_) {
    pollfd fds[2] = {{client, static_cast<short>(half_closed ? 0 : POLLIN), 0}, {engine, POLLIN, 0}};
    if (poll(fds, 2, 50) <= 0) continue;
    if (half_closed && (fds[0].revents & POLLHUP) != 0) {
      // Nobody is left to hear the answer; the engine gets a moment for what it was asked.
      pollfd rest = {engine, POLLIN, 0};
      poll(&rest, 1, 200);
      return;
    }
    if (fds[0].revents != 0) {
      const auto count = recv(client, buffer, sizeof buffer, 0);
      if (count < 0) return;
      if (count == 0) {
        // An end of input only: cai still reads, however long the engine takes.
        shutdown(engine, SHUT_WR);
        half_closed = true;
        continue;
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
          return;
        }
        deed = on_deed ? on_deed(number, line) : Deed::pass;
        if (deed == Deed::cut) return;
        if (deed == Deed::hold) return wait_for_end(client);
        if (deed == Deed::repeat) ask_aside(buffer, size);
        if (rewrite) {
          const auto other = rewrite(std::string(buffer, size));
          if (!send_all(engine, other.data(), other.size())) return;
          continue;
        }
      }
      if (size > 0 && !send_all(engine, buffer, size)) return;
    }
    if (fds[1].revents != 0) {
      const auto count = recv(engine, buffer, sizeof buffer, 0);
      if (count <= 0 || deed == Deed::lose_answer) return;
      const auto size = static_cast<std::size_t>(deed == Deed::cut_answer ? count / 2 : count);
      if (!send_all(client, buffer, size) || deed == Deed::cut_answer) return;
    }
  }
}

void Proxy::wait_for_end(int client) const {
  char byte = 0;
  while (!stopping_) {
    pollfd waiting = {client, POLLIN, 0};
    if (poll(&waiting, 1, 50) > 0 && recv(client, &byte, 1, 0) <= 0) return;
  }
}

void Proxy::ask_aside(const char* data, std::size_t size) const {
  const int engine = connected_to(engine_socket_);
  if (engine < 0) return;
  char answer[4096];
  pollfd waiting = {engine, POLLIN, 0};
  if (send_all(engine, data, size) && poll(&waiting, 1, 5000) > 0)
    (void)!recv(engine, answer, sizeof answer, 0);
  close(engine);
}

}  // namespace cai::e2e
