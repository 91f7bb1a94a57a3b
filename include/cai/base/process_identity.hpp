#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cai {

/// One process among all that ever ran. A pid alone is used again within hours; the kernel's start time (in
/// clock ticks since boot, so no change of the wall clock moves it) and the boot make it unique, and the pid
/// namespace says who may judge it at all.
struct ProcessIdentity {
  std::string host;           ///< first digits of a hash of /etc/machine-id; "" where there is none
  std::string boot;           ///< /proc/sys/kernel/random/boot_id
  std::string pid_namespace;  ///< inode of /proc/self/ns/pid, decimal
  pid_t pid = 0;
  std::uint64_t start_ticks = 0;  ///< field 22 of /proc/PID/stat, proc(5)

  friend bool operator==(const ProcessIdentity&, const ProcessIdentity&) = default;
};

/// Of this process. Throws Error(failed) where there is no /proc.
ProcessIdentity this_process_identity();

/// "host/boot/namespace/pid/start", as the label containai.owner has it.
std::string to_text(const ProcessIdentity& identity);
/// nullopt: no such text. Anybody can write labels, so nothing is assumed of it.
std::optional<ProcessIdentity> parse_process_identity(std::string_view text);

enum class Liveness {
  alive,
  dead,  ///< proved: another boot of this host, or in our own pid namespace no such pid with that start time
  unknown,  ///< another host, another pid namespace, or /proc says nothing: never act on it
};

/// Whether the process that `identity` names still runs, as `self` can judge it.
Liveness liveness_of(const ProcessIdentity& identity, const ProcessIdentity& self);

}  // namespace cai
