#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <string_view>
#include <system_error>

#include "cai/base/environment.hpp"
#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "cai/ssh/ssh.hpp"
#include "child_session.hpp"
#include "session_configuration.hpp"
#include "shared_connection.hpp"

namespace cai {

namespace {

/// ssh uses it for its own failures; a remote command may end with it as well.
constexpr int ssh_failure_code = 255;
constexpr std::size_t log_limit = 64U << 10U;

/// A file without a name, gone with its last user. ssh closes inherited descriptors first of all, so it opens
/// the file through ours.
class MemoryFile {
 public:
  explicit MemoryFile(const char* name) : fd_(::memfd_create(name, MFD_CLOEXEC)) {
    if (!fd_.valid()) throw failure();
  }

  [[nodiscard]] std::string path() const { return fmt::format("/proc/{}/fd/{}", ::getpid(), fd_.get()); }

  void write(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t count = ::write(fd_.get(), text.data(), text.size());
      if (count < 0 && errno != EINTR) throw failure();
      if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  [[nodiscard]] std::string read() const {
    std::string text(log_limit, '\0');
    const ssize_t count = ::pread(fd_.get(), text.data(), text.size(), 0);
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
  }

 private:
  static Error failure() {
    return {ErrorKind::ssh_setup,
            fmt::format("cannot make a temporary file for ssh: {}", std::generic_category().message(errno))};
  }

  UniqueFd fd_;
};

/// Complaints after which ssh goes on all the same.
bool is_warning(std::string_view line) {
  static constexpr std::array starts{
      std::string_view("mux_client_request_session: session request failed"),
      std::string_view("ControlSocket "),
      std::string_view("bind ["),
      std::string_view("channel_setup_fwd_listener"),
      std::string_view("Could not request local forwarding"),
      std::string_view("mux_client_forward"),
      std::string_view("muxclient: master forward request failed"),
      std::string_view("Warning: "),
      std::string_view("Pseudo-terminal will not be allocated"),
  };
  for (const auto start : starts) {
    if (line.starts_with(start)) return true;
  }
  return line.empty();
}

std::string without_warnings(const std::string& log) {
  std::string kept;
  for (const auto& line : split(log, '\n')) {
    const auto text = trim(line);
    if (!is_warning(text)) kept.append(kept.empty() ? "" : "\n").append(text);
  }
  return kept;
}

bool says(const std::string& message, std::string_view words) {
  return message.find(words) != std::string::npos;
}

SessionResult::Failure classify(const std::string& message) {
  using Failure = SessionResult::Failure;
  if (says(message, "Host key verification failed") ||
      says(message, "REMOTE HOST IDENTIFICATION HAS CHANGED") ||
      (says(message, "No ") && says(message, "host key is known")))
    return Failure::host_key;
  // "agent@127.0.0.1: Permission denied (publickey)." and not that of a connect(2).
  if (says(message, "Permission denied (") || says(message, "Too many authentication failures"))
    return Failure::authentication;
  return Failure::connect;
}

SessionResult ended(int exit_code) {
  SessionResult result;
  result.exit_code = exit_code;
  return result;
}

SessionResult result_of(const ChildEnd& end, const std::string& log) {
  if (end.ended_by != 0) return ended(128 + end.ended_by);
  if (end.exit_code != ssh_failure_code) return ended(end.exit_code);
  // Without a terminal inside, ^C ends ssh and not only the command; ssh calls that 255 too.
  if (end.interrupted) return ended(128 + SIGINT);
  SessionResult result = ended(ssh_failure_code);
  result.message = without_warnings(log);
  if (!result.message.empty()) result.failure = classify(result.message);
  return result;
}

}  // namespace

SessionResult run_session(const SshFiles& files, const SessionRequest& request) {
  const bool may_share = prepare_control_directory(files, request.target.id);
  const auto configuration = session_configuration(files, request, Environment::of_this_process(), may_share);
  const MemoryFile file("cai-ssh-config");
  file.write(configuration.text);
  const MemoryFile log("cai-ssh-log");
  std::vector<std::string> argv{"ssh", "-F", file.path(), "-E", log.path(), request.terminal ? "-t" : "-T",
                                // Otherwise ssh would look for options in the remote command too.
                                "--", request.target.name};
  if (!request.remote_command.empty()) argv.push_back(request.remote_command);
  const ChildEnd end = run_in_foreground(argv, configuration.environment);
  return result_of(end, log.read());
}

}  // namespace cai
