#include "agent/gates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;

constexpr auto system_directories = std::to_array<std::string_view>(
    {"/",    "/etc",  "/var", "/root",  "/home", "/boot", "/sys", "/proc", "/dev", "/usr",
     "/bin", "/sbin", "/lib", "/lib64", "/opt",  "/run",  "/srv", "/tmp",  "/mnt", "/media"});

bool is_below(const fs::path& path, const fs::path& directory) {
  const auto [mismatch, ignored] =
      std::mismatch(directory.begin(), directory.end(), path.begin(), path.end());
  return mismatch == directory.end();
}

bool may_never_be_inside(const fs::path& path) {
  for (const char* directory : {"/dev", "/proc", "/sys"}) {
    if (is_below(path, directory)) return true;
  }
  std::error_code error;
  return fs::is_socket(path, error);
}

}  // namespace

bool is_system_directory(const Environment& environment, const fs::path& path) {
  if (std::find(system_directories.begin(), system_directories.end(), path.string()) !=
      system_directories.end()) {
    return true;
  }
  std::error_code error;
  return path == fs::weakly_canonical(environment.home(), error);
}

fs::path checked_host_path(Call& call, std::string_view parameter, const std::string& text) {
  fs::path path = text;
  if (text == "~" || text.starts_with("~/"))
    path = call.house().environment.home() / text.substr(text.size() > 1 ? 2 : 1);
  if (path.is_relative()) path = call.house().environment.working_directory / path;
  std::error_code error;
  const fs::path canonical = fs::canonical(path, error);
  if (error) {
    throw Error(ErrorKind::usage,
                fmt::format("the parameter \"{}\" names {}, which does not exist on the host", parameter,
                            escape_for_terminal(text)));
  }
  if (may_never_be_inside(canonical)) {
    throw Error(ErrorKind::refused,
                fmt::format("{} is never given to a box", escape_for_terminal(canonical.string())))
        .hint("sockets, /dev, /proc and /sys would let the inside act on the host");
  }
  return canonical;
}

std::vector<Gate> gates_of(Call& call, const std::vector<CheckedMount>& mounts) {
  std::vector<Gate> gates;
  const auto& environment = call.house().environment;
  std::error_code error;
  const fs::path here = fs::weakly_canonical(environment.working_directory, error);
  if (call.arguments.text("network") == "host") {
    gates.push_back({"host_network", "share the host's network, with all that listens on it"});
  }
  for (const auto& mount : mounts) {
    const bool system = is_system_directory(environment, mount.host);
    if (!system && is_below(mount.host, here)) continue;
    gates.push_back({"mounts", fmt::format("mount {} ({})", escape_for_terminal(mount.host.string()),
                                           system ? "a directory of the system or a whole home"
                                                  : "outside the working directory")});
  }
  if (call.arguments.flag("forward_ssh")) gates.push_back({"ssh", "read the SSH keys of the host"});
  if (call.arguments.value("env_passthrough") == "all") {
    gates.push_back({"env_all", "see every environment variable of the host"});
  }
  if (call.arguments.flag("gpu")) gates.push_back({"gpu", "use the host's GPUs"});
  return gates;
}

void pass_gates(Call& call, const std::vector<Gate>& gates) {
  const auto& rules = call.session.rules();
  if (!rules.agent) return;
  std::vector<std::string> reasons;
  std::vector<std::string> names;
  for (const auto& gate : gates) {
    if (rules.allowed.contains(gate.name)) continue;
    reasons.push_back(gate.reason);
    if (std::find(names.begin(), names.end(), gate.name) == names.end()) names.emplace_back(gate.name);
  }
  if (reasons.empty()) return;
  const std::string wants = join(reasons, "; ");
  std::optional<bool> answer;
  if (call.hooks.ask)
    answer = call.hooks.ask(fmt::format("The agent wants its box to {}. Allow this once?", wants));
  if (answer.value_or(false)) return;
  throw Error(ErrorKind::refused,
              fmt::format("not allowed{}: {}", answer ? " by the person asked" : "", wants))
      .hint(fmt::format("the person can allow it by starting the server with `cai mcp --allow {}`",
                        join(names, ",")));
}

}  // namespace cai
