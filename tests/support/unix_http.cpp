#include "support/unix_http.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "cai/base/text.hpp"

namespace cai {
namespace {

std::string decoded(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%' && at + 2 < text.size()) {
      result += static_cast<char>(std::stoi(std::string(text.substr(at + 1, 2)), nullptr, 16));
      at += 2;
    } else {
      result += text[at];
    }
  }
  return result;
}

/// The head byte by byte, as what follows it may belong to a hijacked stream. "" when the peer closed.
std::string read_head(int fd) {
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    char byte = 0;
    if (::recv(fd, &byte, 1, 0) != 1) return {};
    head += byte;
  }
  return head;
}

std::string read_body(int fd, const std::string& head) {
  const auto at = head.find("Content-Length: ");
  std::string body(at == std::string::npos ? 0 : std::stoul(head.substr(at + 16)), '\0');
  for (std::size_t filled = 0; filled < body.size();) {
    const ssize_t count = ::recv(fd, body.data() + filled, body.size() - filled, 0);
    if (count <= 0) return {};
    filled += static_cast<std::size_t>(count);
  }
  return body;
}

HttpQuestion question_of(const std::string& head, std::string body) {
  const auto words = split(head.substr(0, head.find("\r\n")), ' ');
  const std::string& target = words.at(1);
  const auto mark = target.find('?');
  HttpQuestion question{words.at(0), decoded(target.substr(0, mark)), {}, std::move(body)};
  if (mark == std::string::npos) return question;
  for (const auto& pair : split(target.substr(mark + 1), '&')) {
    const auto equals = pair.find('=');
    question.query[pair.substr(0, equals)] =
        equals == std::string::npos ? "" : decoded(pair.substr(equals + 1));
  }
  return question;
}

std::string text_of(const HttpReply& reply) {
  // No body, and no length of one, with these (RFC 9110, 8.6).
  const bool bare = reply.status == 204 || reply.status == 304;
  const auto length = bare ? "" : fmt::format("Content-Length: {}\r\n", reply.body.size());
  return fmt::format("HTTP/1.1 {} Words\r\nServer: Docker/20.10.24 (linux)\r\nApi-Version: 1.41\r\n{}\r\n{}",
                     reply.status, length, bare ? "" : reply.body);
}

}  // namespace

UnixHttpServer::UnixHttpServer(const std::string& path, Handler handler)
    : handler_(std::move(handler)), listener_(path, [this](int fd) { serve(fd); }) {}

void UnixHttpServer::serve(int fd) {
  for (std::string head = read_head(fd); !head.empty(); head = read_head(fd)) {
    const auto question = question_of(head, read_body(fd, head));
    const std::lock_guard lock(mutex_);
    const HttpReply reply = handler_(question);
    if (reply.hijack) {
      send_text(fd, "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
      reply.hijack(fd);
      break;
    }
    send_text(fd, text_of(reply));
  }
}

}  // namespace cai
