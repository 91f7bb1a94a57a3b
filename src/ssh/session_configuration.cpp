#include "session_configuration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "entry_text.hpp"

namespace cai {

namespace {

using Variables = std::map<std::string, std::string>;

/// True for variables that ssh or a library under it obeys: what the dynamic linker drops for privileged
/// programs, and what OpenSSH, OpenSSL, Kerberos and the name service read.
bool changes_ssh_itself(std::string_view name) {
  static constexpr std::array prefixes{
      std::string_view("LD_"),      std::string_view("GLIBC_"),  std::string_view("MALLOC_"),
      std::string_view("OPENSSL_"), std::string_view("SSL_"),    std::string_view("SSH_"),
      std::string_view("KRB5"),     std::string_view("RES"),     std::string_view("LDAP"),
      std::string_view("SYSTEMD_"), std::string_view("NSS_"),    std::string_view("SUDO_"),
      std::string_view("NIS_"),     std::string_view("SELINUX"), std::string_view("SCUDO_"),
      std::string_view("ASAN_"),    std::string_view("LSAN_"),   std::string_view("UBSAN_"),
  };
  static constexpr std::array names{
      std::string_view("GCONV_PATH"),  std::string_view("GETCONF_DIR"), std::string_view("HOSTALIASES"),
      std::string_view("LOCALDOMAIN"), std::string_view("LOCPATH"),     std::string_view("NLSPATH"),
      std::string_view("DISPLAY"),     std::string_view("XAUTHORITY"),  std::string_view("WAYLAND_DISPLAY"),
      std::string_view("CTLOG_FILE"),  std::string_view("TZDIR"),
  };
  return std::ranges::find(names, name) != names.end() ||
         std::ranges::any_of(prefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

bool describes_terminal_or_language(std::string_view name) {
  return name == "COLORTERM" || name == "LANG" || name.starts_with("LC_");
}

/// The session's variables win over the target's, and both over what describes our own terminal.
Variables session_variables(const SessionRequest& request, const Environment& local) {
  Variables variables = request.environment;
  variables.insert(request.target.environment.begin(), request.target.environment.end());
  for (const auto& [name, value] : local.variables) {
    if (describes_terminal_or_language(name)) variables.emplace(name, value);
  }
  // ssh asks for a terminal of this type; without one it means nothing inside.
  if (const auto term = local.get("TERM"); request.terminal && term) variables.emplace("TERM", *term);
  return variables;
}

/// Moves the special ones out of `variables`.
Variables take_special(Variables& variables) {
  Variables special;
  for (auto variable = variables.begin(); variable != variables.end();) {
    const auto next = std::next(variable);
    if (changes_ssh_itself(variable->first)) special.insert(variables.extract(variable));
    variable = next;
  }
  for (const auto& [name, value] : special) {
    if (!fits_set_env(value))
      throw Error(ErrorKind::usage, fmt::format("the variable {} cannot be sent to the workspace", name))
          .hint("Variables that ssh itself obeys may not contain line breaks, % or ${.");
  }
  return special;
}

/// The agent's socket by path, as ssh does not get the variable that names it.
std::string forward_agent_argument(const SshTarget& target, const Environment& local) {
  const auto socket = local.get("SSH_AUTH_SOCK");
  if (!target.forward_agent || !socket || !socket->starts_with('/')) return "no";
  return config_path(*socket);
}

}  // namespace

SessionConfiguration session_configuration(const SshFiles& files, const SessionRequest& request,
                                           const Environment& local, bool may_share) {
  Variables variables = session_variables(request, local);
  set_env_line(variables);  // refuses what is no name
  const Variables special = take_special(variables);
  const bool share = may_share && special.empty();
  SessionConfiguration configuration;
  configuration.text = host_block(request.target, files,
                                  {.control_path = share ? files.control_path(request.target.id) : "",
                                   .forward_agent = forward_agent_argument(request.target, local),
                                   .environment = "  SendEnv *\n" + set_env_line(special)});
  for (const auto& [name, value] : variables) configuration.environment.push_back(name + '=' + value);
  return configuration;
}

}  // namespace cai
