#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cai/base/environment.hpp"
#include "cai/base/time.hpp"
#include "cai/model/ids.hpp"

namespace cai {

/// Login name inside every workspace.
inline constexpr const char* login_name = "agent";
/// Port of sshd inside.
inline constexpr int inner_port = 2222;

/// What ssh needs to know of one workspace.
struct SshTarget {
  std::string name;  ///< [a-z0-9-] only
  WorkspaceId id;
  int port = 0;
  bool forward_agent = false;
  std::vector<std::string> local_forwards;  ///< "8080:localhost:80"
  std::map<std::string, std::string>
      environment;  ///< set for every session; values may be secret: never in argv
};

/// Where the files are. Layout under ~/.config/containai/keys (0700):
/// id_ed25519[.pub] (the client key), hosts/<workspace id>/ {ssh_host_ed25519_key[.pub], authorized_keys}
/// (mounted read-only into the container), known_hosts/<workspace id>.
class SshFiles {
 public:
  explicit SshFiles(Paths paths) : paths_(std::move(paths)), hosts_((paths_.keys() / "hosts/").native()) {}

  /// Directory mounted into the container of this workspace.
  [[nodiscard]] std::filesystem::path host_directory(const WorkspaceId& id) const;
  [[nodiscard]] std::filesystem::path entry_file(
      const std::string& name) const;  ///< ~/.ssh/containai.d/NAME.conf
  [[nodiscard]] std::filesystem::path known_hosts_file(const WorkspaceId& id) const;
  /// Socket of the shared connection; short, and in a directory that only we can enter.
  [[nodiscard]] std::filesystem::path control_path(const WorkspaceId& id) const;

  [[nodiscard]] bool keys_present(const WorkspaceId& id) const;
  /// Makes what is missing with ssh-keygen(1): the client key, the workspace's host key, authorized_keys.
  /// `uid`/`gid` own the mounted directory (the container's sshd reads it as that user). Safe to run at once
  /// from many processes. Throws Error(ssh_setup).
  void prepare_keys(const WorkspaceId& id) const;

  enum class EntryState { absent, current, stale };
  /// current: entry, known hosts and the Include line in ~/.ssh/config are byte for byte what write_entry
  /// would leave.
  [[nodiscard]] EntryState entry_state(const SshTarget& target) const;
  /// Writes known hosts (pinned host key, under the alias cai-<id>), the entry, and puts one `Include
  /// containai.d/*.conf` line on top of ~/.ssh/config. The user's file keeps every other byte and its mode; a
  /// symbolic link stays one and its target is replaced. Throws Error(ssh_setup).
  void write_entry(const SshTarget& target) const;
  /// Removes entry, known hosts and control socket. The workspace's host keys stay.
  void remove_entry(const std::string& name, const WorkspaceId& id) const;
  /// Removes known hosts and control sockets of a workspace that has no entry (any more).
  void remove_known_hosts(const WorkspaceId& id) const;
  /// Removes the workspace's host keys too.
  void remove_keys(const WorkspaceId& id) const;

 private:
  Paths paths_;
  std::string hosts_;
};

/// The text of the entry: one Host block that ssh_config(5) reads back to exactly these values.
std::string entry_text(const SshTarget& target, const SshFiles& files);
/// `config` with the Include line on top; unchanged when it is there already (first effective line).
std::string with_include_line(const std::string& config);

struct SessionRequest {
  SshTarget target;
  std::string remote_command;                      ///< one shell command line; empty: the login shell
  bool terminal = false;                           ///< ask for a pseudo-terminal
  std::map<std::string, std::string> environment;  ///< for this session, besides the target's
};

/// How a session ended. `exit_code` is the remote command's own.
struct SessionResult {
  enum class Failure { none, connect, authentication, host_key };
  int exit_code = 0;
  Failure failure = Failure::none;  ///< other than none: the session never came to be; `message` is ssh's own
  std::string message;
};

/// Runs ssh(1) with our terminal and streams, reading only our own entry (not the user's configuration),
/// sharing one connection per workspace (ControlMaster) that closes itself a minute after the last session.
/// SIGINT and SIGQUIT are the inside's business; SIGTERM and SIGHUP end the client. Throws Error(ssh_setup)
/// when there is no ssh program.
SessionResult run_session(const SshFiles& files, const SessionRequest& request);

/// True when a shared connection is open: an exec through it is cheaper than through the engine.
bool shared_connection_open(const SshFiles& files, const WorkspaceId& id);
/// Lets an idle shared connection end now; one with sessions goes on until they end. Never throws.
void release_shared_connection(const SshFiles& files, const SshTarget& target);

/// Waits until something that speaks SSH-2.0 answers on 127.0.0.1:port. False at the deadline, or as soon as
/// `give_up` (asked between tries) returns true.
bool await_ssh_banner(int port, Deadline deadline, const std::function<bool()>& give_up);
/// True when nobody listens on 127.0.0.1:port (tried by binding).
bool loopback_port_is_free(int port);

}  // namespace cai
