#include "cai/engine/endpoint.hpp"

#include <fmt/format.h>

#include <string_view>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

constexpr std::string_view unix_scheme = "unix://";

Error unspoken(const std::string& text, std::string_view reason) {
  return {ErrorKind::engine_unreachable,
          fmt::format("cannot use the engine address \"{}\": {}", escape_for_terminal(text), reason)};
}

Error unknown_scheme(const std::string& text) {
  if (text.starts_with("ssh://")) {
    return unspoken(text, "engines behind ssh are not spoken to directly")
        .hint(
            "Forward its socket (ssh -nNT -L /tmp/engine.sock:/var/run/docker.sock HOST) and set "
            "DOCKER_HOST=unix:///tmp/engine.sock.");
  }
  if (text.starts_with("https://")) {
    return unspoken(text, "TLS is not spoken")
        .hint("Use the engine's unix socket, or forward it with ssh -L.");
  }
  if (text.starts_with("npipe://")) {
    return unspoken(text, "Windows pipes are not spoken").hint("Use the engine's unix socket.");
  }
  return unspoken(text, "it is neither a unix socket nor plain TCP")
      .hint("Write it like unix:///var/run/docker.sock or tcp://127.0.0.1:2375.");
}

Endpoint unix_endpoint(const std::string& text, std::string path) {
  if (!path.starts_with('/')) throw unspoken(text, "the path of a socket must be absolute");
  if (path.find('\0') != std::string::npos) throw unspoken(text, "a path cannot contain a NUL byte");
  return {.kind = Endpoint::Kind::unix_socket, .address = std::move(path), .context = {}, .reason = {}};
}

/// "host", "host:port", "[::1]" or "[::1]:port", perhaps with a slash at the end.
Endpoint tcp_endpoint(const std::string& text, std::string_view rest) {
  if (rest.ends_with('/')) rest.remove_suffix(1);
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]%";
  if (rest.empty() || rest.find_first_not_of(allowed) != std::string_view::npos) {
    throw unspoken(text, "it is not of the form tcp://HOST:PORT");
  }
  std::string address(rest);
  const std::size_t bracket = rest.rfind(']');
  const std::size_t colon = rest.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  if (!has_port)
    return {.kind = Endpoint::Kind::tcp, .address = address + ":2375", .context = {}, .reason = {}};
  const auto port = parse_integer(rest.substr(colon + 1));
  if (colon == 0 || !port || *port < 1 || *port > 65535)
    throw unspoken(text, "it has no host or no usable port");
  return {.kind = Endpoint::Kind::tcp, .address = std::move(address), .context = {}, .reason = {}};
}

}  // namespace

std::string Endpoint::url() const {
  return (kind == Kind::unix_socket ? std::string(unix_scheme) : std::string("tcp://")) + address;
}

Endpoint parse_endpoint(const std::string& text) {
  if (text.starts_with(unix_scheme)) return unix_endpoint(text, text.substr(unix_scheme.size()));
  if (text.starts_with('/')) return unix_endpoint(text, text);
  for (const std::string_view scheme : {"tcp://", "http://"}) {
    if (text.starts_with(scheme)) return tcp_endpoint(text, std::string_view(text).substr(scheme.size()));
  }
  throw unknown_scheme(text);
}

}  // namespace cai
