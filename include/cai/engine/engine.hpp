#pragma once

#include <chrono>
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

/// Who answers: headers of every answer say so ("Server: Docker/20.10.24 (linux)", "Api-Version: 1.41"), and
/// GET /info.
struct EngineProduct {
  std::string name;     ///< "Docker Engine" or "Podman"
  std::string version;  ///< "20.10.24"
  std::string api_version;

  friend bool operator==(const EngineProduct&, const EngineProduct&) = default;
};

/// GET /info, the part cai uses.
struct EngineInformation {
  EngineId id;
  EngineProduct product;
  std::string cgroup_version;         ///< "1", "2" or ""
  std::string cgroup_driver;          ///< "systemd", "cgroupfs", "none" or ""
  std::string data_directory;         ///< on the engine's own host: images, layers, volumes
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
  std::int64_t size_bytes = 0;  ///< with all layers, shared ones too
  Timestamp created{};
  std::string parent;                        ///< id of the image that it was built on; "" when not built here
  std::vector<std::string> entrypoint = {};  ///< what runs before a container's command; often empty
  std::vector<std::string> exposed_ports = {};  ///< "5432/tcp": what a service listens on
};

/// GET /networks/{name}, the part cai uses.
struct ObservedNetwork {
  std::string id;
  std::string name;
  Labels labels;
  std::string driver = {};
  /// Names of the running containers on it, after an inspection; stopped ones are not told.
  std::vector<std::string> members = {};
};

/// GET /system/df, the part cai uses. What the engine does not say is not there.
struct DiskUsage {
  std::int64_t layers_bytes = 0;                      ///< all images, shared layers once
  std::map<ContainerId, std::int64_t> containers;     ///< writable layer
  std::map<std::string, std::int64_t> volumes;        ///< by name
  std::map<std::string, std::int64_t> images_shared;  ///< by id: what other images have too
};

struct MountRequest {
  enum class Type { bind, volume };
  Type type = Type::bind;
  std::string source;
  std::string target;
  bool read_only = false;
};

/// One port of the container on 127.0.0.1 of the engine's host.
struct PortRequest {
  int inside = 0;
  int host = 0;  ///< 0: the engine chooses a free one
  std::string protocol = "tcp";
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
  std::vector<PortRequest> ports;                             ///< on top of loopback_ports
  std::string network;    ///< empty: the engine's default bridge; "host", "none", or a network's name
  bool all_gpus = false;  ///< every GPU that the engine's runtime offers
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
  bool terminal = false;     ///< a pseudo-terminal; standard error is one with standard output then
  bool open_input = false;   ///< standard input is there, until the first one attached to it closes it
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

enum class OutputStream { output, error };
using OutputTap = std::function<void(OutputStream, std::string_view)>;

/// How to attach to a container's main process.
struct AttachRequest {
  ExecStreams streams;
  bool terminal = false;  ///< as the container was created: its output is one stream without frames
  OutputTap tap;          ///< gets every piece of output as it comes, before it is written to `streams`
};

/// The streams of a container's main process.
class ContainerStream {
 public:
  virtual ~ContainerStream() = default;
  /// Moves bytes until the output ends and all of it is written: true. False as soon as `should_stop`, asked
  /// at least every 200 ms, says so; it may go on with another call then. Input is half-closed at its end.
  virtual bool pump(const std::function<bool()>& should_stop) = 0;
};

struct LogRequest {
  std::optional<int> lines;        ///< the last so many lines; nullopt: all
  std::optional<Timestamp> since;  ///< only what came at or after this moment
  bool follow = false;             ///< until the container ends
};

/// What bounds the calls that follow, besides each call's own deadline.
struct CallBounds {
  Deadline until = Deadline::never();
  /// Asked at least every 200 ms by calls that may last: builds, pulls, waiting, following logs, commands
  /// inside. When it says so, they throw Error(interrupted). Short calls are never interrupted: their effect
  /// would be unknown.
  std::function<bool()> interrupted;
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

/// Gets the bytes of a tar as they come. May throw, which ends the transfer.
using ArchiveSink = std::function<void(std::string_view)>;
/// Gives the next bytes of a tar, valid until the next call; empty: the end. May throw likewise.
using ArchiveSource = std::function<std::string_view()>;

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

  /// From now on, until another call of it; see BoundedCalls.
  virtual void bound_calls(const CallBounds& bounds) = 0;

  /// Takes Docker milliseconds, because it starts its runtime and its init to ask for their versions.
  virtual EngineInformation information() = 0;

  /// The engine's own wall clock when it last answered, to the second; nullopt: nothing was asked yet, or it
  /// does not say. The ages of its containers are by this clock, whatever ours says.
  [[nodiscard]] virtual std::optional<Timestamp> time() const = 0;
  /// From the first answer on; nullopt: nothing was asked yet, or it does not say. Asks nothing.
  [[nodiscard]] virtual std::optional<EngineProduct> product() const = 0;

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
  /// The output that the engine kept, in order. Throws Error(failed) when there is no such container.
  virtual void read_logs(const ContainerId& id, const LogRequest& request, const OutputTap& target) = 0;
  /// Before the start, so that no output is lost. nullptr: there is no such container.
  virtual std::unique_ptr<ContainerStream> attach_container(const ContainerId& id,
                                                            const AttachRequest& request) = 0;
  /// Waits, as long as it takes, until the container does not run (one that never started does not), and
  /// returns its exit code; nullopt: there is no such container.
  virtual std::optional<int> wait_container(const ContainerId& id) = 0;
  /// Sends a signal ("TERM", "KILL") to the main process. conflict: it does not run.
  virtual Outcome kill_container(const ContainerId& id, const std::string& signal) = 0;
  /// The size of the container's terminal. conflict: it does not run.
  virtual Outcome resize_container(const ContainerId& id, int rows, int columns) = 0;
  virtual std::optional<Statistics> container_statistics(const ContainerId& id) = 0;

  virtual std::vector<ObservedVolume> list_volumes(const Labels& labels) = 0;
  /// Streams `path` and all below it as an uncompressed tar; the container need not run. Entries are named
  /// from the last component of `path`, so "/data/." gives "./...". False: no such container or path. An
  /// engine whose source shrinks while it reads may end the tar early without saying so: whoever reads checks
  /// for the two zero blocks at its end. `should_stop` is polled; true throws Error(interrupted).
  virtual bool read_archive(const ContainerId& id, const std::string& path, const ArchiveSink& sink,
                            const std::function<bool()>& should_stop) = 0;
  /// Unpacks an uncompressed tar below the directory, with the owners and modes that it names. Engines are no
  /// safe unpackers (they make devices, and leave half of it when something fails): only for checked archives
  /// and containers that were never started. done, or missing: no such container or directory. Throws
  /// Error(failed) with the engine's message, also when there is no space left.
  virtual Outcome write_archive(const ContainerId& id, const std::string& directory,
                                const ArchiveSource& source, const std::function<bool()>& should_stop) = 0;

  virtual std::optional<ObservedVolume> inspect_volume(const std::string& name) = 0;
  /// Makes it, or returns the one that was there first: compare a nonce label to know which.
  virtual ObservedVolume create_volume(const std::string& name, const Labels& labels) = 0;
  /// conflict: in use.
  virtual Outcome remove_volume(const std::string& name) = 0;

  /// With tags or without; `intermediate` also lists the steps that builds left, which lead from an image to
  /// its base.
  virtual std::vector<ImageDetails> list_images(bool intermediate) = 0;
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

  /// An image of the container's file system as it is (the container is paused meanwhile), without what is in
  /// volumes and mounts. Each of `changes` is an instruction of a Dockerfile ("ENV K=", "LABEL k=v"): the
  /// image otherwise inherits every variable and label of the container. Returns the image id; nullopt: there
  /// is no such container.
  virtual std::optional<std::string> commit_container(const ContainerId& id, const std::string& tag,
                                                      const std::vector<std::string>& changes) = 0;

  virtual std::vector<ObservedNetwork> list_networks(const Labels& labels) = 0;
  /// By its exact name. nullopt: there is none.
  virtual std::optional<ObservedNetwork> inspect_network(const std::string& name) = 0;
  /// A bridge network. conflict: the name is in use.
  virtual Outcome create_network(const std::string& name, const Labels& labels) = 0;
  /// By full id. conflict: a running container is on it. Engines remove it under stopped ones, which can then
  /// never start again: whoever removes looks for these first.
  virtual Outcome remove_network(const std::string& id) = 0;

  /// Slow: the engine reads every layer and volume, for one at a time; others are asked for again until
  /// `limit`. nullopt: no answer by then, or the engine cannot count, as with one container that is broken.
  virtual std::optional<DiskUsage> disk_usage(std::chrono::milliseconds limit) = 0;
  /// Calls `on_event` for each event of an object with these labels until the engine ends the stream. What
  /// `on_event` throws passes through, and is the way to end it earlier.
  virtual void follow_events(const Labels& labels, const std::function<void()>& on_event) = 0;

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

/// Another connection to the same engine, for questions side by side; from any thread.
using Connect = std::function<std::unique_ptr<Engine>()>;

/// Bounds all calls for as long as it lives.
class BoundedCalls {
 public:
  BoundedCalls(Engine& engine, const CallBounds& bounds) : engine_(engine) { engine_.bound_calls(bounds); }
  BoundedCalls(const BoundedCalls&) = delete;
  BoundedCalls& operator=(const BoundedCalls&) = delete;
  ~BoundedCalls() { engine_.bound_calls({}); }

 private:
  Engine& engine_;
};

}  // namespace cai
