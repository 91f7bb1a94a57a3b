#include "engine_request.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace cai::bench {

std::string engine_request(const std::string& socket, const std::string& line, const std::string& body) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket.c_str(), sizeof address.sun_path - 1);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("no engine at " + socket);
  const auto text = fmt::format(
      "{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: "
      "{}\r\n\r\n{}",
      line, body.size(), body);
  if (::send(fd, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
    throw std::runtime_error("the engine does not listen");
  std::string answer;
  std::array<char, 65536> buffer{};
  for (ssize_t got = 0; (got = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0;)
    answer.append(buffer.data(), static_cast<std::size_t>(got));
  ::close(fd);
  return answer;
}

void exec_by_engine(const std::string& socket, const std::string& container) {
  const auto made = engine_request(
      socket, "POST /v1.41/containers/" + container + "/exec",
      R"({"AttachStdout":true,"AttachStderr":true,"Cmd":["/bin/sh","-c","true"],"User":"0:0"})");
  const auto at = made.find("\"Id\":\"");
  if (at == std::string::npos) throw std::runtime_error("the engine makes no exec: " + made);
  const auto id = made.substr(at + 6, 64);
  engine_request(socket, "POST /v1.41/exec/" + id + "/start", R"({"Detach":false,"Tty":false})");
  engine_request(socket, "GET /v1.41/exec/" + id + "/json");
}

}  // namespace cai::bench
