#include "cai/base/process_identity.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

constexpr std::size_t small_file = 4096;

std::string read_trimmed(const char* file) {
  const auto content = read_file(file, small_file);
  return content ? std::string(trim(*content)) : std::string();
}

/// "pid:[4026531836]" -> "4026531836".
std::string own_pid_namespace() {
  std::array<char, 64> link{};
  const ssize_t size = ::readlink("/proc/self/ns/pid", link.data(), link.size());
  const std::string_view text(link.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  const auto open = text.find('[');
  const auto close = text.find(']');
  if (open == text.npos || close == text.npos || close < open) return {};
  return std::string(text.substr(open + 1, close - open - 1));
}

/// The name in field 2 may hold spaces and parentheses, so fields are counted from the last ')'.
std::optional<std::uint64_t> start_ticks_of(pid_t pid) {
  const auto stat = read_file(fmt::format("/proc/{}/stat", pid), small_file);
  if (!stat) return std::nullopt;
  const auto end_of_name = stat->rfind(')');
  if (end_of_name == std::string::npos) return std::nullopt;
  constexpr std::size_t start_time = 22 - 3;  // the first word after the name is field 3
  const auto words = split(trim(std::string_view(*stat).substr(end_of_name + 1)), ' ');
  if (words.size() <= start_time) return std::nullopt;
  const auto ticks = parse_integer(words[start_time]);
  if (!ticks || *ticks < 0) return std::nullopt;
  return static_cast<std::uint64_t>(*ticks);
}

bool is_word(std::string_view text) {
  return text.size() <= 64 && text.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

}  // namespace

ProcessIdentity this_process_identity() {
  ProcessIdentity self;
  const auto machine = read_trimmed("/etc/machine-id");
  if (!machine.empty()) self.host = sha256_hex("containai-host:" + machine).substr(0, 16);
  self.boot = read_trimmed("/proc/sys/kernel/random/boot_id");
  self.pid_namespace = own_pid_namespace();
  self.pid = ::getpid();
  const auto ticks = start_ticks_of(self.pid);
  if (!ticks || self.boot.empty() || self.pid_namespace.empty()) {
    throw Error(ErrorKind::failed, "/proc does not say when this process started")
        .hint("mount /proc: without it nobody can tell later whether this cai still runs");
  }
  self.start_ticks = *ticks;
  return self;
}

std::string to_text(const ProcessIdentity& identity) {
  return fmt::format("{}/{}/{}/{}/{}", identity.host, identity.boot, identity.pid_namespace, identity.pid,
                     identity.start_ticks);
}

std::optional<ProcessIdentity> parse_process_identity(std::string_view text) {
  const auto words = split(text, '/');
  if (words.size() != 5 || !is_word(words[0]) || !is_word(words[1]) || !is_word(words[2]))
    return std::nullopt;
  const auto pid = parse_integer(words[3]);
  const auto ticks = parse_integer(words[4]);
  if (!pid || !ticks || *pid <= 0 || *pid > (1 << 22) || *ticks < 0) return std::nullopt;
  if (words[1].empty() || words[2].empty()) return std::nullopt;
  return ProcessIdentity{.host = std::string(words[0]),
                         .boot = std::string(words[1]),
                         .pid_namespace = std::string(words[2]),
                         .pid = static_cast<pid_t>(*pid),
                         .start_ticks = static_cast<std::uint64_t>(*ticks)};
}

Liveness liveness_of(const ProcessIdentity& identity, const ProcessIdentity& self) {
  if (identity.host != self.host) return Liveness::unknown;
  if (identity.boot != self.boot) return Liveness::dead;
  if (identity.pid_namespace != self.pid_namespace) return Liveness::unknown;
  if (const auto ticks = start_ticks_of(identity.pid)) {
    return *ticks == identity.start_ticks ? Liveness::alive : Liveness::dead;
  }
  // /proc may hide other users' processes (hidepid); kill(2) with signal 0 asks the kernel itself.
  if (::kill(identity.pid, 0) != 0 && errno == ESRCH) return Liveness::dead;
  return Liveness::unknown;
}

}  // namespace cai
