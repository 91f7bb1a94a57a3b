#include "support/unix_listener.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <stdexcept>

namespace cai {
namespace {

UniqueFd listen_at(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) throw std::runtime_error("too long for a socket: " + path);
  std::memcpy(address.sun_path, path.data(), path.size());
  const bool ready = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
                     ::listen(fd.get(), 16) == 0;
  if (!ready) throw std::runtime_error("cannot listen at " + path);
  return fd;
}

}  // namespace

UnixListener::UnixListener(const std::string& path, std::function<void(int)> serve)
    : serve_(std::move(serve)), listener_(listen_at(path)) {
  acceptor_ = std::thread([this] { accept_all(); });
}

UnixListener::~UnixListener() {
  ::shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  drop_connections();
  for (std::thread& each : threads_) each.join();
}

std::size_t UnixListener::connections() {
  const std::lock_guard lock(mutex_);
  return sockets_.size();
}

void UnixListener::drop_connections() {
  const std::lock_guard lock(mutex_);
  for (const UniqueFd& each : sockets_) ::shutdown(each.get(), SHUT_RDWR);
}

void UnixListener::accept_all() {
  while (true) {
    UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket.valid()) return;
    const std::lock_guard lock(mutex_);
    const int fd = socket.get();
    sockets_.push_back(std::move(socket));
    threads_.emplace_back([this, fd] {
      serve_(fd);
      ::shutdown(fd, SHUT_RDWR);
    });
  }
}

void send_text(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace cai
