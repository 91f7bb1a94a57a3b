#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <thread>

#include "cai/base/filesystem.hpp"
#include "world.hpp"

namespace cai::test {
namespace {

using std::chrono::milliseconds;

bool never() {
  return false;
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

UniqueFd listener(int port) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const auto address = loopback(port);
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::listen(fd.get(), 16), 0);
  return fd;
}

UniqueFd connected(int port) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = loopback(port);
  EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return fd;
}

TEST(LoopbackPort, ListenerTakesIt) {
  const int port = free_port();
  EXPECT_TRUE(loopback_port_is_free(port));
  UniqueFd fd = listener(port);
  EXPECT_FALSE(loopback_port_is_free(port));
  fd.reset();
  EXPECT_TRUE(loopback_port_is_free(port));
}

TEST(LoopbackPort, ConnectionInTimeWaitDoesNotTakeIt) {
  const int port = free_port();
  UniqueFd server = listener(port);
  UniqueFd client = connected(port);
  UniqueFd accepted(::accept4(server.get(), nullptr, nullptr, SOCK_CLOEXEC));
  ASSERT_TRUE(accepted.valid());
  accepted.reset();  // the side that closes first keeps the port in TIME_WAIT
  client.reset();
  server.reset();
  EXPECT_TRUE(loopback_port_is_free(port));
}

TEST(LoopbackPort, NumbersThatAreNoPortsAreNotFree) {
  for (const int port : {-1, 0, 65536, 1 << 20}) EXPECT_FALSE(loopback_port_is_free(port)) << port;
}

TEST(SshBanner, NobodyThere) {
  const auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(await_ssh_banner(free_port(), Deadline::in(milliseconds(60)), never));
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_GE(took, milliseconds(60));
  EXPECT_LT(took, std::chrono::seconds(5));
}

TEST(SshBanner, GivesUpWhenToldSo) {
  int asked = 0;
  EXPECT_FALSE(
      await_ssh_banner(free_port(), Deadline::in(std::chrono::hours(1)), [&] { return ++asked == 3; }));
  EXPECT_EQ(asked, 3);
}

TEST(SshBanner, SilentListenerIsNotSsh) {
  const int port = free_port();
  const UniqueFd server = listener(port);
  EXPECT_FALSE(await_ssh_banner(port, Deadline::in(milliseconds(120)), never));
}

/// Serves one answer after another, a connection each, then closes.
std::future<void> serve(const UniqueFd& server, std::vector<std::string> answers) {
  return std::async(std::launch::async, [fd = server.get(), answers = std::move(answers)] {
    for (const auto& answer : answers) {
      const UniqueFd accepted(::accept4(fd, nullptr, nullptr, SOCK_CLOEXEC));
      for (const char c : answer) {
        if (::send(accepted.get(), &c, 1, MSG_NOSIGNAL) != 1) break;
      }
    }
  });
}

TEST(SshBanner, ComesAfterHangUpsAndOtherProtocols) {
  const int port = free_port();
  const UniqueFd server = listener(port);
  auto done = serve(server, {"", "HTTP/1.1 400\r\n", "SSH-1.99", "SSH-2.0-x\r\n"});
  EXPECT_TRUE(await_ssh_banner(port, Deadline::in(std::chrono::seconds(20)), never));
  done.get();
}

}  // namespace
}  // namespace cai::test
