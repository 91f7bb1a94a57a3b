#include "engine/transport.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "cai/base/error.hpp"
#include "engine/failures.hpp"

namespace cai {
namespace {

short poll_one(int fd, short events, Deadline deadline) {
  while (true) {
    pollfd entry{fd, events, 0};
    const int timeout =
        static_cast<int>(std::max<std::chrono::milliseconds::rep>(deadline.remaining().count(), 0));
    const int count = ::poll(&entry, 1, timeout);
    if (count > 0) return entry.revents;
    if (count == 0 && deadline.expired()) return 0;
    if (count < 0 && errno != EINTR && errno != EAGAIN) return POLLERR;
  }
}

/// Connects a non-blocking socket; 0, or the errno value (ETIMEDOUT at the deadline).
int connect_within(int fd, const sockaddr* address, socklen_t size, Deadline deadline) {
  while (true) {
    if (::connect(fd, address, size) == 0 || errno == EISCONN) return 0;
    if (errno == EINPROGRESS || errno == EALREADY) break;
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return errno;
    // A unix socket whose backlog is full; poll(2) cannot tell when there is room again.
    if (deadline.expired()) return ETIMEDOUT;
    ::poll(nullptr, 0, 2);
  }
  if (poll_one(fd, POLLOUT, deadline) == 0) return ETIMEDOUT;
  int error = 0;
  socklen_t length = sizeof(error);
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return errno;
  return error;
}

UniqueFd connect_unix(const Endpoint& endpoint, std::chrono::milliseconds limit) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (endpoint.address.size() >= sizeof(address.sun_path)) {
    throw connect_failure(endpoint, ENAMETOOLONG, limit);
  }
  std::memcpy(address.sun_path, endpoint.address.data(), endpoint.address.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) throw connect_failure(endpoint, errno, limit);
  // The cast is what the socket interface asks for.
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  const int error = connect_within(fd.get(), generic, sizeof(address), Deadline::in(limit));
  if (error != 0) throw connect_failure(endpoint, error, limit);
  return fd;
}

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

/// Looking up a name is bounded by the resolver's own time-outs, not by ours; addresses in digits cost
/// nothing.
AddressList resolve(const Endpoint& endpoint) {
  const std::size_t colon = endpoint.address.rfind(':');
  std::string host = endpoint.address.substr(0, colon);
  const std::string port = endpoint.address.substr(colon + 1);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
  if (error != 0) throw lookup_failure(endpoint, ::gai_strerror(error));
  return {list, &::freeaddrinfo};
}

UniqueFd connect_tcp(const Endpoint& endpoint, std::chrono::milliseconds limit) {
  const AddressList list = resolve(endpoint);
  const Deadline deadline = Deadline::in(limit);
  int error = EHOSTUNREACH;
  for (const addrinfo* each = list.get(); each != nullptr; each = each->ai_next) {
    UniqueFd fd(::socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, each->ai_protocol));
    if (!fd.valid()) {
      error = errno;
      continue;
    }
    error = connect_within(fd.get(), each->ai_addr, each->ai_addrlen, deadline);
    if (error != 0) continue;
    const int on = 1;  // best effort: without it keystrokes are only slower
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
  }
  throw connect_failure(endpoint, error, limit);
}

Transfer transferred(ssize_t count) {
  if (count > 0) return {TransferStatus::moved, static_cast<std::size_t>(count)};
  if (count == 0) return {TransferStatus::closed, 0};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {TransferStatus::again, 0};
  return {TransferStatus::broken, 0};
}

}  // namespace

Connection Connection::open(const Endpoint& endpoint, std::chrono::milliseconds limit) {
  const bool is_unix = endpoint.kind == Endpoint::Kind::unix_socket;
  return Connection(is_unix ? connect_unix(endpoint, limit) : connect_tcp(endpoint, limit));
}

Transfer Connection::receive(std::span<char> buffer) {
  return transferred(::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT));
}

Transfer Connection::send(std::string_view bytes) {
  if (bytes.empty()) return {};
  return transferred(::send(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
}

short Connection::wait(short events, Deadline deadline) const {
  return poll_one(fd_.get(), events, deadline);
}

void Connection::half_close() {
  // Fails only when the other side is gone already, which the next receive notices.
  ::shutdown(fd_.get(), SHUT_WR);
}

bool Connection::is_idle() const {
  pollfd entry{fd_.get(), POLLIN | POLLRDHUP, 0};
  return ::poll(&entry, 1, 0) == 0;
}

}  // namespace cai
