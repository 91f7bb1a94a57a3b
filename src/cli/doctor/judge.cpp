#include "cli/doctor/judge.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cai/base/text.hpp"

namespace cai {
namespace {

constexpr std::uint64_t mebibyte = 1U << 20U;
constexpr std::uint64_t disk_full_below = 100 * mebibyte;
constexpr std::uint64_t disk_short_below = 2048 * mebibyte;
constexpr const char* mend = "cai doctor fix";

using Checks = std::vector<Check>;

/// A version's leading numbers, "9.2p1" -> {9, 2}; missing ones are 0.
std::pair<std::int64_t, std::int64_t> leading_version(std::string_view text) {
  const auto number = [&text] {
    const auto end = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto value = parse_integer(text.substr(0, end)).value_or(0);
    text.remove_prefix(end);
    return value;
  };
  const auto major = number();
  if (!text.starts_with('.')) return {major, 0};
  text.remove_prefix(1);
  return {major, number()};
}

Check judge_settings(const DoctorFacts& facts) {
  if (!facts.settings) return {"settings", Health::ok, "the user's settings can be read"};
  return {"settings", Health::failed, facts.settings->message,
          facts.settings->remedy.empty() ? "cai config list" : facts.settings->remedy};
}

Check judge_endpoint(const EngineFacts& engine) {
  if (!engine.no_endpoint) return {"endpoint", Health::ok, fmt::format("{} ({})", engine.url, engine.reason)};
  return {"endpoint", Health::failed, engine.no_endpoint->message,
          engine.no_endpoint->remedy.empty() ? "docker context ls" : engine.no_endpoint->remedy};
}

Check judge_contexts(const EngineFacts& engine) {
  return {"contexts", Health::ok, join(engine.contexts, ", ")};
}

Check judge_engine(const EngineFacts& engine) {
  if (engine.no_endpoint) return {"engine", Health::skipped, "no address to ask"};
  if (engine.information) {
    return {"engine", Health::ok,
            fmt::format("{} {} answers, API {}", engine.information->product.name,
                        engine.information->product.version, engine.information->product.api_version)};
  }
  const Trouble trouble = engine.no_answer.value_or(Trouble{"it was not asked", ""});
  if (!engine.program_installed && engine.local) {
    return {"engine", Health::failed, trouble.message + "; no engine is installed",
            "sudo apt-get install docker.io"};
  }
  return {"engine", Health::failed, trouble.message,
          trouble.remedy.empty() ? "sudo systemctl start docker" : trouble.remedy};
}

Check judge_cgroups(const EngineInformation& engine) {
  if (engine.cgroup_version.empty()) return {"cgroups", Health::skipped, "the engine does not say"};
  const auto seen = fmt::format("version {}, driver {}", engine.cgroup_version,
                                engine.cgroup_driver.empty() ? "unknown" : engine.cgroup_driver);
  if (engine.cgroup_driver == "none")
    return {"cgroups", Health::warning, seen + ": limits on memory and processors have no effect",
            "start the rootless engine in a systemd user session with delegated controllers"};
  if (engine.cgroup_version != "1") return {"cgroups", Health::ok, seen};
  return {"cgroups", Health::warning, seen + ": limits work, templates with systemd may not",
          "boot with systemd.unified_cgroup_hierarchy=1"};
}

bool has_sysbox(const EngineInformation& engine) {
  return std::ranges::find(engine.runtimes, "sysbox-runc") != engine.runtimes.end();
}

/// What root in a container is on the host, from best to worst.
Check judge_user_namespaces(const EngineInformation& engine) {
  if (engine.rootless)
    return {"user namespaces", Health::ok, "the engine is rootless: root inside is you outside"};
  if (engine.user_namespaces)
    return {"user namespaces", Health::ok, "remapped: root inside is nobody of importance outside"};
  if (has_sysbox(engine)) return {"user namespaces", Health::ok, "only for containers that run under Sysbox"};
  return {
      "user namespaces", Health::warning,
      "none: root inside is root outside, held back by dropped capabilities and no-new-privileges (strict)",
      "where that is too little: an engine with Sysbox (context containai-docker), or a rootless one"};
}

Check judge_sysbox(const EngineInformation& engine) {
  return {"sysbox", Health::ok,
          has_sysbox(engine) ? "the runtime sysbox-runc is there"
                             : "not installed; only containers with an engine of their own inside need it"};
}

/// Moby 45610: before 28.0, a host on the same network segment could route packets to 127.0.0.1 of ours and
/// reach ports that were published there only.
Check judge_loopback(const EngineInformation& engine) {
  if (engine.product.name != "Docker Engine" || engine.rootless)
    return {"loopback ports", Health::ok, fmt::format("{} keeps them on this host", engine.product.name)};
  const auto [major, minor] = leading_version(engine.product.version);
  if (major >= 28) return {"loopback ports", Health::ok, "closed to neighbours since Engine 28.0"};
  return {
      "loopback ports", Health::warning,
      fmt::format("with Engine {} hosts on the same network segment can reach ports published on 127.0.0.1; "
                  "sshd inside takes keys only",
                  engine.product.version),
      "upgrade to Engine 28.0, or: sudo iptables -t raw -I PREROUTING ! -i lo -d 127.0.0.0/8 -j DROP"};
}

void judge_engine_details(const EngineFacts& facts, Checks& checks) {
  if (facts.information) {
    checks.push_back(judge_cgroups(*facts.information));
    checks.push_back(judge_user_namespaces(*facts.information));
    checks.push_back(judge_sysbox(*facts.information));
    checks.push_back(judge_loopback(*facts.information));
    return;
  }
  for (const char* name : {"cgroups", "user namespaces", "sysbox", "loopback ports"})
    checks.push_back({name, Health::skipped, "needs an engine that answers"});
}

Check judge_ssh_client(const SshFacts& ssh) {
  constexpr const char* install = "sudo apt-get install openssh-client";
  if (ssh.version.empty())
    return {"ssh", Health::failed, "the program ssh is missing or does not answer", install};
  const auto underscore = ssh.version.find('_');
  const auto number = underscore == ssh.version.npos ? std::string_view{}
                                                     : std::string_view(ssh.version).substr(underscore + 1);
  // Include is from 7.3, and without it `ssh NAME` finds no entry of ours.
  if (!number.empty() && leading_version(number) < std::pair<std::int64_t, std::int64_t>{7, 3})
    return {"ssh", Health::failed, ssh.version + " knows no Include; 7.3 is needed", install};
  return {"ssh", Health::ok, ssh.version};
}

Check judge_keygen(const SshFacts& ssh) {
  if (ssh.keygen) return {"ssh-keygen", Health::ok, "it is there"};
  return {"ssh-keygen", Health::failed, "the program ssh-keygen is missing",
          "sudo apt-get install openssh-client"};
}

std::string mode_text(const LooseMode& loose) {
  return fmt::format("{} has mode {:04o} instead of {:04o}", loose.path.native(), loose.is, loose.wanted);
}

Check judge_modes(const DoctorFacts& facts) {
  if (facts.loose_modes.empty()) {
    return {
        "modes", Health::ok,
        facts.ssh.client_key ? "keys, entries and store are yours alone" : "no keys yet: `cai` makes them"};
  }
  const auto more = facts.loose_modes.size() - 1;
  return {"modes", Health::failed,
          mode_text(facts.loose_modes.front()) + (more == 0 ? "" : fmt::format(", and {} more", more)), mend};
}

Check judge_include_line(const SshFacts& ssh) {
  if (ssh.unreadable)
    return {
        "ssh config", Health::failed, ssh.unreadable->message,
        ssh.unreadable->remedy.empty() ? "ls -la ~/.ssh ~/.config/containai/keys" : ssh.unreadable->remedy};
  if (ssh.include_line) return {"ssh config", Health::ok, "~/.ssh/config includes containai.d/*.conf"};
  if (!ssh.entries) return {"ssh config", Health::ok, "no entries yet, and no Include line needed"};
  return {"ssh config", Health::failed,
          "~/.ssh/config does not include our entries: `ssh NAME` does not find them", mend};
}

Check judge_store(const StoreHealth& store) {
  if (!store.exists) return {"store", Health::ok, "none yet: `cai` makes it"};
  if (store.problems.empty()) return {"store", Health::ok, fmt::format("sound, version {}", store.version)};
  return {"store", Health::failed, join(store.problems, "; "),
          store.remedies.empty() ? "move it aside: workspaces are found again by their labels"
                                 : store.remedies.front()};
}

Check judge_disk(const DiskFacts& disk) {
  Check check{"disk: " + disk.what, Health::ok,
              fmt::format("{} of {} free at {}", format_size(static_cast<std::int64_t>(disk.free_bytes)),
                          format_size(static_cast<std::int64_t>(disk.total_bytes)), disk.path.native())};
  if (disk.free_bytes >= disk_short_below) return check;
  check.health = disk.free_bytes < disk_full_below ? Health::failed : Health::warning;
  check.fix =
      disk.what == "engine" ? "cai gc --dry-run" : fmt::format("df -h {}", shell_quote(disk.path.native()));
  return check;
}

Check judge_leftovers(const Leftovers& leftovers) {
  if (leftovers.temporary_files.empty() && leftovers.unfinished.empty())
    return {"leftovers", Health::ok, "nothing was left by commands that were killed"};
  return {"leftovers", Health::warning,
          fmt::format("left by commands that were killed: temporary files {}, unfinished journal entries {}",
                      leftovers.temporary_files.size(), leftovers.unfinished.size()),
          mend};
}

}  // namespace

std::string_view to_string(Health health) {
  switch (health) {
    case Health::ok:
      return "ok";
    case Health::warning:
      return "warning";
    case Health::failed:
      return "failed";
    case Health::skipped:
      return "skipped";
  }
  return "";
}

Checks judge(const DoctorFacts& facts) {
  Checks checks = {judge_settings(facts), judge_contexts(facts.engine), judge_endpoint(facts.engine),
                   judge_engine(facts.engine)};
  judge_engine_details(facts.engine, checks);
  checks.push_back(judge_ssh_client(facts.ssh));
  checks.push_back(judge_keygen(facts.ssh));
  checks.push_back(judge_include_line(facts.ssh));
  checks.push_back(judge_modes(facts));
  checks.push_back(judge_store(facts.store));
  for (const DiskFacts& disk : facts.disks) checks.push_back(judge_disk(disk));
  checks.push_back(judge_leftovers(facts.leftovers));
  return checks;
}

bool is_healthy(const Checks& checks) {
  return std::ranges::none_of(checks, [](const Check& check) { return check.health == Health::failed; });
}

}  // namespace cai
