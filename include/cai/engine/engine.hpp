#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cai/base/time.hpp"
#include "cai/model/ids.hpp"
#include "cai/model/labels.hpp"
#include "cai/model/workspace.hpp"

namespace cai {

/// GET /info, the part cai uses.
struct EngineInformation {
  EngineId id;
  std::string name;     ///< "Docker Engine" or "Podman"
  std::string version;  ///< "20.10.24"
  std::string api_version;
  std::string cgroup_version;         ///< "1", "2" or ""
  std::vector<std::string> runtimes;  ///< "runc", "sysbox-runc", ...
  std::int64_t memory_bytes = 0;
  int processors = 0;
  bool rootless = false;
  bool user_namespaces = false;
};

/// GET /containers/{id}/json, the part cai uses.
struct ContainerDetails {
  ObservedContainer container;
  std::optional<Timestamp> started;   ///< nullopt: never
  std::optional<Timestamp> finished;  ///< nullopt: never
  int exit_code = 0;
  std::int64_t pid = 0;  ///< of PID 1 as the engine's host sees it; 0 when not running
  std::string error;     ///< what the engine says of the last start
  std::map<std::string, int>
      ports;  ///< "2222/tcp" -> host port, for bindings that exist now or are configured
  std::map<std::string, std::string> volume_mounts;  ///< destination -> volume name
};

struct ImageDetails {
  std::string id;
  std::vector<std::string> tags;
  Labels labels;
  std::int64_t size_bytes = 0;
};

struct MountRequest {
  enum class Type { bind, volume };
  Type type = Type::bind;
  std::string source;
  std::string target;
  bool read_only = false;
};

/// What a container is made of: POST /containers/create. Only what cai uses.
struct ContainerRequest {
  std::string image;
  std::string hostname;
  std::string user;                      ///< "uid:gid", empty: the image's
  std::vector<std::string> command;      ///< empty: the image's
  std::vector<std::string> entrypoint;   ///< empty: the image's
  std::vector<std::string> environment;  ///< "K=V"; never a secret, anyone with the socket can read it
  std::string working_directory;
  Labels labels;
  std::vector<MountRequest> mounts;
  std::map<std::string, std::string> temporary_file_systems;  ///< path -> options
  std::map<std::string, int> loopback_ports;                  ///< "2222/tcp" -> port on 127.0.0.1
  std::int64_t memory_bytes = 0;
  std::int64_t nano_cpus = 0;
  std::int64_t pids_limit = 0;
  std::int64_t open_files = 0;  ///< soft and hard RLIMIT_NOFILE; 0: the engine's
  bool read_only_root = false;
  bool drop_all_capabilities = true;
  std::vector<std::string> added_capabilities;
  bool no_new_privileges = true;
  bool engine_init = false;  ///< the engine's own small init as PID 1
  std::string stop_signal;   ///< empty: SIGTERM
  std::string runtime;       ///< empty: the engine's default
};

/// What came of an attempt to change something. Expected outcomes are values; everything else is an Error.
enum class Outcome {
  done,       ///< the call did it
  unchanged,  ///< it was so already (304, or 404 for a removal)
  missing,    ///< the container is not there
  conflict,   ///< the engine refused because of the state it is in: observe again
};

struct CreateResult {
  Outcome outcome = Outcome::done;  ///< done, conflict (name in use), missing (image or volume not there)
  ContainerId id;
  std::string message;  ///< the engine's, when not done
};

struct StartResult {
  Outcome outcome = Outcome::done;
  bool port_taken = false;  ///< with conflict: the host port is in use
  std::string message;
};

/// One sample of GET /containers/{id}/stats?stream=false&one-shot=true.
struct Statistics {
  std::int64_t memory_bytes = 0;  ///< without the page cache that can be dropped
  std::int64_t memory_limit_bytes = 0;
  std::int64_t cpu_nanoseconds = 0;  ///< since the container started
};

struct ExecRequest {
  std::vector<std::string> command;  ///< must be UTF-8
  std::vector<std::string> environment;
  std::string user;  ///< empty: the container's
  std::string working_directory;
};

struct ExecResult {
  int exit_code = 0;
  std::string standard_output;
  std::string standard_error;
};

/// Where an exec's streams go. Descriptors are borrowed; -1 means none.
struct ExecStreams {
  int input = -1;
  int output = -1;
  int error = -1;
};

struct BuildRequest {
  std::string tag;
  std::string dockerfile = "Dockerfile";
  std::map<std::string, std::string> arguments;
  Labels labels;
  bool no_cache = false;
};

struct ContainerFilter {
  Labels labels;                       ///< all must match; an empty value asks only for the key
  std::vector<ContainerState> states;  ///< any may match; empty: all, stopped ones too
};

/// One port to container engines. The Docker API adapter and the fake in tests/support implement it; one
/// contract suite (tests/contract) holds both to the same behaviour.
///
/// Every call has a deadline of its own class (reads 10 s, changes 60 s, builds: 10 minutes without a line).
/// Throws Error(engine_unreachable) when the engine cannot be reached, does not answer in time, or answers
/// what cannot be understood; Error(failed) with the engine's message when it refuses for a reason that is no
/// Outcome. Status codes are not portable between engines, so `conflict` only means "observe again".
class Engine {
 public:
  virtual ~Engine() = default;

  virtual EngineInformation information() = 0;

  virtual std::vector<ObservedContainer> list_containers(const ContainerFilter& filter) = 0;
  /// By full id or by exact name. nullopt: there is none.
  virtual std::optional<ContainerDetails> inspect_container(const std::string& id_or_name) = 0;
  virtual CreateResult create_container(const std::string& name, const ContainerRequest& request) = 0;
  virtual StartResult start_container(const ContainerId& id) = 0;
  /// Asks politely, then kills after `grace_seconds`.
  virtual Outcome stop_container(const ContainerId& id, int grace_seconds) = 0;
  virtual Outcome unpause_container(const ContainerId& id) = 0;
  virtual Outcome rename_container(const ContainerId& id, const std::string& name) = 0;
  /// Never forced and never with volumes: a running container answers `conflict`.
  virtual Outcome remove_container(const ContainerId& id) = 0;
  /// The last `lines` lines of output, both streams.
  virtual std::string container_logs(const ContainerId& id, int lines) = 0;
  virtual std::optional<Statistics> container_statistics(const ContainerId& id) = 0;

  virtual std::optional<ObservedVolume> inspect_volume(const std::string& name) = 0;
  /// Makes it, or returns the one that was there first: compare a nonce label to know which.
  virtual ObservedVolume create_volume(const std::string& name, const Labels& labels) = 0;
  /// conflict: in use.
  virtual Outcome remove_volume(const std::string& name) = 0;

  virtual std::optional<ImageDetails> inspect_image(const std::string& reference) = 0;
  /// `context` is an uncompressed tar. Each line of the build's output goes to `on_line` as it comes. Returns
  /// the image id; throws Error(failed) with the failing step's message.
  virtual std::string build_image(const BuildRequest& request, std::string_view context,
                                  const std::function<void(std::string_view)>& on_line) = 0;
  /// Pulls from a registry; throws Error(failed) when there is none or it does not have the image.
  virtual void pull_image(const std::string& reference,
                          const std::function<void(std::string_view)>& on_line) = 0;
  /// conflict: a container uses it.
  virtual Outcome remove_image(const std::string& reference) = 0;

  /// Runs a command and captures at most 1 MiB of each stream. nullopt: the container is not running.
  virtual std::optional<ExecResult> execute(const ContainerId& id, const ExecRequest& request,
                                            Deadline deadline) = 0;
  /// Runs a command with our streams until it ends; stdin is half-closed at its end. The exit code, or
  /// nullopt when the container is not running. SIGINT and SIGTERM handling is the caller's: `should_stop` is
  /// polled.
  virtual std::optional<int> execute_streaming(const ContainerId& id, const ExecRequest& request,
                                               const ExecStreams& streams,
                                               const std::function<bool()>& should_stop) = 0;
};

}  // namespace cai
