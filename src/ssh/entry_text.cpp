#include "entry_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "layout.hpp"

namespace cai {

namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_variable_name(std::string_view name) {
  return !name.empty() && !is_digit(name.front()) &&
         std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

bool is_port(std::string_view text) {
  const auto port = parse_integer(text);
  return port && *port >= 1 && *port <= 65535 && is_digit(text.front());
}

bool is_host(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
    return std::ranges::all_of(text,
                               [](char c) { return is_letter(c) || is_digit(c) || c == ':' || c == '.'; });
  }
  return !text.empty() && text.size() <= 255 && text.front() != '-' && std::ranges::all_of(text, [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
  });
}

/// "8080:localhost:80" as the arguments of LocalForward. The address is named, because GatewayPorts in the
/// user's own configuration would open the port to the network.
std::string local_forward_arguments(const std::string& forward) {
  const auto first = forward.find(':');
  const auto last = forward.rfind(':');
  if (first != last) {
    const std::string_view view = forward;
    const auto listen = view.substr(0, first);
    const auto host = view.substr(first + 1, last - first - 1);
    const auto port = view.substr(last + 1);
    if (is_port(listen) && is_host(host) && is_port(port))
      return fmt::format("127.0.0.1:{} {}:{}", listen, host, port);
  }
  throw Error(ErrorKind::usage, fmt::format("\"{}\" is not a local forward", escape_for_terminal(forward)))
      .hint("Write it as port:host:port, for example 8080:localhost:80.");
}

/// The part that is the same for every workspace. One strong algorithm of each kind saves a round of
/// negotiation and most of the connection time; both sides are ours.
constexpr std::string_view fixed_lines = R"(  AddressFamily inet
  IdentitiesOnly yes
  StrictHostKeyChecking yes
  GlobalKnownHostsFile /dev/null
  UpdateHostKeys no
  PreferredAuthentications publickey
  PubkeyAuthentication yes
  PasswordAuthentication no
  KbdInteractiveAuthentication no
  GSSAPIAuthentication no
  KexAlgorithms curve25519-sha256
  Ciphers aes128-gcm@openssh.com,chacha20-poly1305@openssh.com
  HostKeyAlgorithms ssh-ed25519
  ProxyCommand none
  CanonicalizeHostname no
  ForwardX11 no
  PermitLocalCommand no
  LogLevel ERROR
  ConnectTimeout 10
  ServerAliveInterval 15
  ServerAliveCountMax 4
)";

std::string sharing_lines(const std::filesystem::path& control_path) {
  if (control_path.empty()) return "  ControlMaster no\n  ControlPath none\n";
  return fmt::format("  ControlMaster auto\n  ControlPath {}\n  ControlPersist 60\n",
                     config_path(control_path));
}

}  // namespace

std::string config_word(std::string_view text) {
  std::string word = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') word += '\\';
    word += c;
  }
  return word + '"';
}

std::string without_tokens(const std::filesystem::path& path) {
  std::string escaped;
  for (const char c : path.native()) escaped.append(c == '%' ? 2 : 1, c);
  return escaped;
}

std::string config_path(const std::filesystem::path& path) {
  const std::string& text = path.native();
  if (text.find('\n') != std::string::npos || text.find("${") != std::string::npos)
    throw Error(ErrorKind::ssh_setup, fmt::format("the path {} cannot be written in an SSH configuration",
                                                  escape_for_terminal(text)))
        .hint("Set XDG_CONFIG_HOME to a directory without line breaks and ${ in its name.");
  return config_word(without_tokens(path));
}

bool fits_set_env(std::string_view value) {
  return value.find('\n') == std::string_view::npos && value.find('%') == std::string_view::npos &&
         value.find("${") == std::string_view::npos;
}

std::string set_env_line(const std::map<std::string, std::string>& variables) {
  std::string line;
  for (const auto& [name, value] : variables) {
    if (!is_variable_name(name))
      throw Error(ErrorKind::usage, fmt::format("\"{}\" is not the name of an environment variable",
                                                escape_for_terminal(name)));
    if (fits_set_env(value)) line += ' ' + config_word(name + '=' + value);
  }
  return line.empty() ? line : "  SetEnv" + line + '\n';
}

std::string host_block(const SshTarget& target, const SshFiles& files, const HostBlockOptions& options) {
  require_valid_name(target.name);
  require_valid_id(target.id);
  if (target.port < 1 || target.port > 65535)
    throw Error(ErrorKind::ssh_setup,
                fmt::format("workspace {} has no SSH port ({})", target.name, target.port));

  std::string text(entry_marker);
  auto out = std::back_inserter(text);
  fmt::format_to(out, "Host {}\n  HostName 127.0.0.1\n  Port {}\n  User {}\n", target.name, target.port,
                 login_name);
  fmt::format_to(out, "  IdentityFile {}\n", config_path(client_key_file(files, target.id)));
  fmt::format_to(out, "  UserKnownHostsFile {}\n", config_path(files.known_hosts_file(target.id)));
  fmt::format_to(out, "  HostKeyAlias cai-{}\n", target.id.value);
  text += fixed_lines;
  fmt::format_to(out, "  ForwardAgent {}\n", options.forward_agent);
  text += sharing_lines(options.control_path);
  for (const auto& forward : target.local_forwards)
    fmt::format_to(out, "  LocalForward {}\n", local_forward_arguments(forward));
  return text + options.environment;
}

std::string entry_text(const SshTarget& target, const SshFiles& files) {
  // Not shared: `ssh -A NAME` and `ssh -X NAME` get nothing over a connection that was opened without them,
  // and nobody remembers what was typed a minute ago.
  return host_block(target, files,
                    {.control_path = {},
                     .forward_agent = target.forward_agent ? "yes" : "no",
                     .environment = set_env_line(target.environment)});
}

}  // namespace cai
