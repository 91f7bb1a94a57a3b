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

/// A directory of the host that a container may write.
struct Writer {
  fs::path directory;
  std::string container;
};

/// Of all containers on the engine, whoever's they are, that run or could be about to.
std::vector<Writer> writers_of(Call& call) {
  using enum ContainerState;
  std::vector<Writer> writers;
  const ContainerFilter alive = {.labels = {}, .states = {created, running, paused, restarting}};
  for (const auto& each : call.engine.list_containers(alive)) {
    for (const auto& directory : each.writable_directories) {
      std::error_code error;
      const fs::path canonical = fs::canonical(directory, error);
      writers.push_back({error ? fs::path(directory).lexically_normal() : canonical, each.name});
    }
  }
  return writers;
}

fs::path working_directory(const Call& call) {
  std::error_code error;
  return fs::weakly_canonical(call.house().environment.working_directory, error);
}

/// Who could put something else in the place of `path`, which is in the working directory `here`: whoever may
/// write a directory above it. One that lies below `here` may have been moved since it was mounted, to above
/// whatever is not directly in `here`.
const Writer* exchanger_of(const std::vector<Writer>& writers, const fs::path& path, const fs::path& here) {
  const bool is_deep = path != here && path.parent_path() != here;
  const auto could = [&](const Writer& each) {
    if (is_below(path, each.directory)) return path != each.directory || is_deep;
    return is_deep && is_below(each.directory, here);
  };
  const auto found = std::ranges::find_if(writers, could);
  return found == writers.end() ? nullptr : &*found;
}

/// A person, and an agent that was allowed to, are not asked.
bool may_mount_anything(const Call& call) {
  const auto& rules = call.session.rules();
  return !rules.agent || rules.allowed.contains("mounts");
}

/// Why an agent may not mount it just so; empty: it may.
std::string reason_to_ask(const Call& call, const fs::path& path, const std::vector<Writer>& writers) {
  if (is_system_directory(call.house().environment, path)) return "a directory of the system or a whole home";
  const fs::path here = working_directory(call);
  if (!is_below(path, here)) return "outside the working directory";
  const Writer* writer = exchanger_of(writers, path, here);
  if (writer == nullptr) return {};
  return fmt::format("which the container {} could exchange meanwhile, because it may write {}",
                     escape_for_terminal(writer->container), escape_for_terminal(writer->directory.string()));
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

std::vector<Gate> gates_of(Call& call, std::vector<CheckedMount>& mounts) {
  std::vector<Gate> gates;
  if (call.arguments.text("network") == "host") {
    gates.push_back({"host_network", "share the host's network, with all that listens on it"});
  }
  const auto writers = mounts.empty() || may_mount_anything(call) ? std::vector<Writer>() : writers_of(call);
  for (auto& mount : mounts) {
    const auto reason = reason_to_ask(call, mount.host, writers);
    mount.gated = !reason.empty();
    if (!mount.gated) continue;
    gates.push_back(
        {"mounts", fmt::format("mount {} ({})", escape_for_terminal(mount.host.string()), reason)});
  }
  if (call.arguments.flag("forward_ssh")) gates.push_back({"ssh", "read the SSH keys of the host"});
  if (call.arguments.value("env_passthrough") == "all") {
    gates.push_back({"env_all", "see every environment variable of the host"});
  }
  if (call.arguments.flag("gpu")) gates.push_back({"gpu", "use the host's GPUs"});
  return gates;
}

StillMounts::StillMounts(Call& call, const std::vector<CheckedMount>& mounts) {
  const fs::path here = working_directory(call);
  // Above the working directory no box may write that the person did not let.
  const auto is_exchangeable = [&](const CheckedMount& mount) { return !mount.gated && mount.host != here; };
  if (may_mount_anything(call)) {
    others_ = std::shared_lock(call.session.coming_up());
    return;
  }
  std::vector<Writer> writers;
  if (std::ranges::any_of(mounts, is_exchangeable)) {
    alone_ = std::unique_lock(call.session.coming_up());
    writers = writers_of(call);
  } else {
    others_ = std::shared_lock(call.session.coming_up());
  }
  for (const auto& mount : mounts) {
    if (mount.gated) continue;
    const auto reason = reason_to_ask(call, mount.host, writers);
    std::error_code error;
    if (reason.empty() && fs::canonical(mount.host, error) == mount.host) continue;
    throw Error(ErrorKind::refused,
                fmt::format("{} {}", escape_for_terminal(mount.host.string()),
                            reason.empty() ? "was exchanged for something else" : "is a directory " + reason))
        .hint("try again");
  }
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
