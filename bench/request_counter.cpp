#include "request_counter.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

namespace cai::bench {
namespace {

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("socket path too long: " + path);
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

int open_socket() {
  return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

/// Both clients write a request's head at once, so one that begins a chunk is a request.
bool begins_request(std::string_view chunk) {
  for (const std::string_view method : {"GET /", "POST /", "HEAD /", "DELETE /", "PUT /"}) {
    if (chunk.starts_with(method)) return true;
  }
  return false;
}

bool forward(int from, int to, std::atomic<int>* requests) {
  std::array<char, 65536> buffer{};
  const ssize_t count = ::read(from, buffer.data(), buffer.size());
  if (count <= 0) return false;
  const std::string_view chunk(buffer.data(), static_cast<std::size_t>(count));
  if (requests != nullptr && begins_request(chunk)) ++*requests;
  for (std::size_t sent = 0; sent < chunk.size();) {
    const ssize_t wrote = ::send(to, chunk.data() + sent, chunk.size() - sent, MSG_NOSIGNAL);
    if (wrote <= 0) return false;
    sent += static_cast<std::size_t>(wrote);
  }
  return true;
}

void relay(int client, const std::string& engine_socket, std::atomic<int>& requests) {
  const int engine = open_socket();
  const auto address = address_of(engine_socket);
  if (::connect(engine, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    std::array<pollfd, 2> ends{pollfd{client, POLLIN, 0}, pollfd{engine, POLLIN, 0}};
    while (::poll(ends.data(), ends.size(), -1) > 0) {
      if (ends[0].revents != 0 && !forward(client, engine, &requests)) {
        // An exec's input has ended; its output is still to come.
        ::shutdown(engine, SHUT_WR);
        ends[0].fd = -1;
      }
      if (ends[1].revents != 0 && !forward(engine, client, nullptr)) break;
    }
  }
  ::close(engine);
  ::close(client);
}

}  // namespace

int count_requests(const std::string& engine_socket, const std::string& relay_socket, const Argv& argv) {
  const int listener = open_socket();
  const auto address = address_of(relay_socket);
  ::unlink(relay_socket.c_str());
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener, 16) != 0)
    throw std::runtime_error("cannot listen at " + relay_socket);
  std::atomic<int> requests = 0;
  std::jthread server([&] {
    std::vector<std::jthread> relays;
    for (int client = 0; (client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;)
      relays.emplace_back(relay, client, std::cref(engine_socket), std::ref(requests));
  });
  const std::string former = std::getenv("DOCKER_HOST");
  ::setenv("DOCKER_HOST", ("unix://" + relay_socket).c_str(), 1);
  const Run result = run(argv);
  ::setenv("DOCKER_HOST", former.c_str(), 1);
  ::shutdown(listener, SHUT_RDWR);  // ends accept()
  server.join();
  ::close(listener);
  ::unlink(relay_socket.c_str());
  if (result.status != 0) throw std::runtime_error("failed while its requests were counted: " + argv[0]);
  return requests;
}

}  // namespace cai::bench
