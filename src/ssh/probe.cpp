#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>

#include "cai/base/filesystem.hpp"
#include "cai/ssh/ssh.hpp"

namespace cai {

namespace {

using std::chrono::milliseconds;

constexpr std::string_view greeting = "SSH-2.0";
constexpr milliseconds shortest_pause(5);
constexpr milliseconds longest_pause(50);
/// A connection on which nothing is said for so long is given up: it may end in a container that is gone.
constexpr milliseconds silence_limit(2000);

sockaddr_in loopback_address(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool is_port(int port) {
  return port >= 1 && port <= 65535;
}

/// An engine's proxy accepts at once and hangs up when nobody listens inside, so only the banner counts.
enum class Answer { nothing_yet, banner, none };

class BannerProbe {
 public:
  explicit BannerProbe(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    const sockaddr_in address = loopback_address(port);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (fd_.valid() && ::connect(fd_.get(), generic, sizeof address) != 0 && errno != EINPROGRESS)
      fd_.reset();
  }

  /// Waits for at most `pause`.
  Answer ask(milliseconds pause) {
    if (!fd_.valid()) return Answer::none;
    pollfd readable{.fd = fd_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&readable, 1, static_cast<int>(pause.count())) <= 0) return Answer::nothing_yet;
    const ssize_t count = ::read(fd_.get(), received_.data() + filled_, greeting.size() - filled_);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return Answer::nothing_yet;
    if (count <= 0) return Answer::none;
    filled_ += static_cast<std::size_t>(count);
    if (!greeting.starts_with(std::string_view(received_.data(), filled_))) return Answer::none;
    return filled_ == greeting.size() ? Answer::banner : Answer::nothing_yet;
  }

 private:
  UniqueFd fd_;
  std::array<char, greeting.size()> received_{};
  std::size_t filled_ = 0;
};

/// One connection until it says something or ends.
Answer probe(int port, Deadline deadline, const std::function<bool()>& give_up) {
  BannerProbe connection(port);
  const Deadline silence = Deadline::in(silence_limit);
  Answer answer = Answer::nothing_yet;
  while (answer == Answer::nothing_yet) {
    answer = connection.ask(std::min({longest_pause, deadline.remaining(), silence.remaining()}));
    if (answer == Answer::nothing_yet && (deadline.expired() || silence.expired() || give_up()))
      return Answer::none;
  }
  return answer;
}

}  // namespace

bool await_ssh_banner(int port, Deadline deadline, const std::function<bool()>& give_up) {
  if (!is_port(port)) return false;
  milliseconds pause = shortest_pause;
  while (true) {
    if (probe(port, deadline, give_up) == Answer::banner) return true;
    if (deadline.expired() || give_up()) return false;
    ::poll(nullptr, 0, static_cast<int>(std::min(pause, deadline.remaining()).count()));
    pause = std::min(pause * 2, longest_pause);
  }
}

bool loopback_port_is_free(int port) {
  if (!is_port(port)) return false;
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return false;
  // With it, connections that linger in TIME_WAIT do not count; a socket that listens still does. We do not
  // listen ourselves: two cai that ask at the same time would see each other.
  const int yes = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const sockaddr_in address = loopback_address(port);
  return ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace cai
