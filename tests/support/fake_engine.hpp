#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cai/base/error.hpp"
#include "cai/engine/engine.hpp"
#include "support/manual_clock.hpp"
#include "support/tar.hpp"

namespace cai {

/// Stands for the death of our process in the middle of a call. Deliberately no kind of std::exception: a
/// handler that catches errors cannot survive it, just as it would not survive SIGKILL.
struct SimulatedCrash {
  int call_number = 0;
};

enum class Fault {
  throw_before,  ///< SimulatedCrash; nothing happened
  throw_after,   ///< the call took effect, then SimulatedCrash
  error_before,  ///< Error(engine_unreachable); nothing happened
  error_after,   ///< the call took effect, its answer was lost: Error(engine_unreachable)
  conflict,      ///< refused without effect; calls that have no such outcome throw Error(failed)
};

struct FakeContainer {
  ContainerDetails details;
  ContainerRequest request;
  std::string log;
  std::vector<std::pair<OutputStream, std::string>> pieces;  ///< the same, with the streams apart
  bool attached = false;                                     ///< somebody holds its streams
  std::uint64_t serial = 0;                                  ///< order of creation
  Statistics statistics{12 << 20, 1LL << 30, 250'000'000};
};

/// Everything the engine has. A value: copy it to take a snapshot, assign it to go back, read it in oracles.
struct FakeWorld {
  std::map<std::string, FakeContainer> containers;  ///< by full id
  std::map<std::string, ObservedVolume> volumes;    ///< by name
  std::map<std::string, TarFiles> contents;         ///< of volumes, by name: the regular files
  std::map<std::string, ImageDetails> images;       ///< by id
  std::map<std::string, ObservedNetwork> networks;  ///< by name
  std::optional<DiskUsage> disk_usage;              ///< nullopt: the engine is too slow with it
  std::set<std::string> registry;                   ///< references that can be pulled
  std::set<std::string> reserved_names;             ///< by creates that are still in the engine's work
  std::set<int> busy_ports;                         ///< held on 127.0.0.1 by something that is no container
  std::uint64_t serial = 0;                         ///< for ids; equal histories give equal ids

  /// By full id or exact name; nullptr when there is none.
  FakeContainer* find_container(const std::string& id_or_name);
  [[nodiscard]] const FakeContainer* find_container(const std::string& id_or_name) const;
  /// By id ("sha256:...") or tag (":latest" is understood); nullptr when there is none.
  [[nodiscard]] const ImageDetails* find_image(const std::string& reference) const;
  /// All containers that carry `value` under `label`, in order of creation.
  [[nodiscard]] std::vector<const FakeContainer*> containers_with(const std::string& label,
                                                                  const std::string& value) const;
};

struct FakeCall {
  int number = 0;  ///< from 1
  bool changes = false;
  std::string text;
};

/// An Engine in memory that behaves like Docker Engine 20.10; tests/contract holds both to the same
/// assertions.
///
/// Each call is logged as one line: "information", "list", "inspect NAME-OR-ID", "create NAME", "start ID",
/// "stop ID", "unpause ID", "rename ID NAME", "remove ID", "logs ID", "read-logs ID", "attach ID", "wait ID",
/// "kill ID SIGNAL", "resize ID", "statistics ID", "inspect-volume V", "list-volumes", "list-images",
/// "list-networks", "remove-network ID", "disk-usage", "events", "read-archive ID", "write-archive ID",
/// "create-volume V", "remove-volume V", "commit ID TAG", "inspect-network N", "create-network N",
/// "inspect-image R", "build TAG", "pull R", "remove-image R", "exec ID WORDS", "exec-streaming ID WORDS",
/// where ID is the first 12 digits. create, start, stop, kill, unpause, rename, remove, remove-network,
/// write-archive, create-volume, remove-volume, build, pull and remove-image are changes.
///
/// For one thread at a time. Exec handlers run while a call is open and must not call the engine.
class FakeEngine final : public Engine {
 public:
  FakeEngine() : FakeEngine(std::make_shared<ManualClock>()) {}
  explicit FakeEngine(std::shared_ptr<ManualClock> clock);

  // --- What the test may set up and look at
  // -----------------------------------------------------------------------
  FakeWorld world;
  EngineInformation identity;          ///< what information() answers
  std::shared_ptr<ManualClock> clock;  ///< the engine's wall clock

  /// Whether a bind mount's source exists; by default the real file system is asked.
  std::function<bool(const std::string& path)> bind_source_exists;
  /// The container's own program at start: nullopt keeps it running, a result ends the container with that
  /// log and exit code, an Error is the engine's refusal to start it. By default every container keeps
  /// running.
  std::function<std::optional<ExecResult>(const FakeContainer&)> main_program;
  /// The program of a container that somebody attached to, run to its end with the whole input when the
  /// streams are pumped, instead of `main_program`. nullopt: it runs until the container is ended.
  std::function<std::optional<ExecResult>(const FakeContainer&, const std::string& input)> attached_program;
  /// What a command run by exec does. By default every command succeeds and prints nothing.
  std::function<ExecResult(const FakeContainer&, const ExecRequest&, const std::string& input)> exec_handler;
  /// For execute_streaming alone, when bytes must flow before the input ends. By default the input is read to
  /// its end and given to `exec_handler`.
  std::function<int(const FakeContainer&, const ExecRequest&, const ExecStreams&,
                    const std::function<bool()>& should_stop)>
      stream_handler;
  /// When set, the next builds fail with this message.
  std::optional<std::string> build_failure;
  /// Somebody else, who may change the world before each call. What it calls here is neither logged nor
  /// failed.
  std::function<void(FakeEngine&, const FakeCall&)> actor;

  /// An image that is simply there. Returns its id.
  std::string add_image(const std::string& tag, const Labels& labels = {});
  void pause(const std::string& id_or_name);
  /// The container's program ends by itself.
  void end(const std::string& id_or_name, int exit_code);
  /// For states that only the engine can bring about (removing, dead, restarting, unknown).
  void set_state(const std::string& id_or_name, ContainerState state);
  /// `docker rm -f`.
  void remove_by_force(const std::string& id_or_name);

  // --- Faults
  // -----------------------------------------------------------------------------------------------------
  /// `number` counts all calls since construction or reset_calls(), from 1.
  void fail_at(int number, Fault fault) { faults_[number] = fault; }
  /// `number` counts only the changes, from 1.
  void fail_at_change(int number, Fault fault) { change_faults_[number] = fault; }
  /// While false every call throws Error(engine_unreachable) without effect.
  void set_reachable(bool reachable) { reachable_ = reachable; }
  /// After a SimulatedCrash every further call throws it again without effect, because dead processes do
  /// nothing (not even in destructors). This is the next process.
  void revive() { crashed_.reset(); }
  [[nodiscard]] bool crashed() const { return crashed_.has_value(); }

  [[nodiscard]] int call_count() const { return static_cast<int>(calls_.size()); }
  [[nodiscard]] int change_count() const { return changes_; }
  [[nodiscard]] const std::vector<FakeCall>& calls() const { return calls_; }
  [[nodiscard]] std::vector<std::string> call_log() const;
  [[nodiscard]] std::vector<std::string> change_log() const;
  /// Forgets calls, counts and faults that have not happened; the world stays.
  void reset_calls();
  /// Calls made inside are neither logged nor failed: for oracles and preparation through the port itself.
  template <typename Action>
  auto quietly(Action action) {
    const Quiet quiet(quiet_);
    return action();
  }

  // --- Engine
  // -----------------------------------------------------------------------------------------------------
  void bound_calls(const CallBounds& bounds) override { bounds_ = bounds; }
  EngineInformation information() override;
  [[nodiscard]] std::optional<Timestamp> time() const override { return clock->now(); }
  [[nodiscard]] std::optional<EngineProduct> product() const override { return identity.product; }
  std::vector<ObservedContainer> list_containers(const ContainerFilter& filter) override;
  std::optional<ContainerDetails> inspect_container(const std::string& id_or_name) override;
  CreateResult create_container(const std::string& name, const ContainerRequest& request) override;
  StartResult start_container(const ContainerId& id) override;
  Outcome stop_container(const ContainerId& id, int grace_seconds) override;
  Outcome unpause_container(const ContainerId& id) override;
  Outcome rename_container(const ContainerId& id, const std::string& name) override;
  Outcome remove_container(const ContainerId& id) override;
  std::string container_logs(const ContainerId& id, int lines) override;
  void read_logs(const ContainerId& id, const LogRequest& request, const OutputTap& target) override;
  std::unique_ptr<ContainerStream> attach_container(const ContainerId& id,
                                                    const AttachRequest& request) override;
  std::optional<int> wait_container(const ContainerId& id) override;
  Outcome kill_container(const ContainerId& id, const std::string& signal) override;
  Outcome resize_container(const ContainerId& id, int rows, int columns) override;
  std::optional<Statistics> container_statistics(const ContainerId& id) override;
  std::vector<ObservedVolume> list_volumes(const Labels& labels) override;
  bool read_archive(const ContainerId& id, const std::string& path, const ArchiveSink& sink,
                    const std::function<bool()>& should_stop) override;
  Outcome write_archive(const ContainerId& id, const std::string& directory, const ArchiveSource& source,
                        const std::function<bool()>& should_stop) override;
  std::optional<ObservedVolume> inspect_volume(const std::string& name) override;
  ObservedVolume create_volume(const std::string& name, const Labels& labels) override;
  Outcome remove_volume(const std::string& name) override;
  std::vector<ImageDetails> list_images(bool intermediate) override;
  std::optional<ImageDetails> inspect_image(const std::string& reference) override;
  std::string build_image(const BuildRequest& request, std::string_view context,
                          const std::function<void(std::string_view)>& on_line) override;
  void pull_image(const std::string& reference,
                  const std::function<void(std::string_view)>& on_line) override;
  Outcome remove_image(const std::string& reference) override;
  std::vector<ObservedNetwork> list_networks(const Labels& labels) override;
  std::optional<DiskUsage> disk_usage(std::chrono::milliseconds limit) override;
  void follow_events(const Labels& labels, const std::function<void()>& on_event) override;
  std::optional<std::string> commit_container(const ContainerId& id, const std::string& tag,
                                              const std::vector<std::string>& changes) override;
  std::optional<ObservedNetwork> inspect_network(const std::string& name) override;
  Outcome create_network(const std::string& name, const Labels& labels) override;
  Outcome remove_network(const std::string& id) override;
  std::optional<ExecResult> execute(const ContainerId& id, const ExecRequest& request,
                                    Deadline deadline) override;
  std::optional<int> execute_streaming(const ContainerId& id, const ExecRequest& request,
                                       const ExecStreams& streams,
                                       const std::function<bool()>& should_stop) override;

 private:
  friend class FakeStream;
  /// Counts how deep we are inside quiet calls.
  class Quiet {
   public:
    explicit Quiet(int& depth) : depth_(depth) { ++depth_; }
    Quiet(const Quiet&) = delete;
    Quiet& operator=(const Quiet&) = delete;
    ~Quiet() { --depth_; }

   private:
    int& depth_;
  };

  /// Every method of the port goes through one of these: logs, lets the actor act, fails as asked.
  template <typename Effect>
  auto read(std::string text, Effect effect) {
    return with_fault(begin(std::move(text), false), effect);
  }
  template <typename Effect, typename Refused>
  auto change(std::string text, Effect effect, Refused refused) {
    const auto fault = begin(std::move(text), true);
    if (fault == Fault::conflict) return refused();
    return with_fault(fault, effect);
  }
  template <typename Effect>
  auto with_fault(std::optional<Fault> fault, Effect effect) {
    if (!fault) return effect();
    if (*fault != Fault::throw_after && *fault != Fault::error_after) raise(*fault);
    try {
      effect();
    } catch (const Error&) {
      raise(*fault);  // the engine's refusal is lost like any other answer
    }
    raise(*fault);
  }
  std::optional<Fault> begin(std::string text, bool changes);
  [[noreturn]] void raise(Fault fault);

  static std::string brief(const std::string& id_or_name);
  static void require_object_name(const std::string& kind, const std::string& name);
  std::string next_id();
  FakeContainer& require(const std::string& id_or_name);
  StartResult start(FakeContainer& container);
  void run_main_program(FakeContainer& container);
  void require_bind_sources(const ContainerRequest& request) const;
  [[nodiscard]] std::optional<int> taken_port(const FakeContainer& container) const;
  void tag_image(const std::string& id, const std::string& tag);
  std::string build(const BuildRequest& request, std::string_view context,
                    const std::function<void(std::string_view)>& on_line);
  Outcome untag_or_remove(const std::string& reference);

  CallBounds bounds_;
  std::vector<FakeCall> calls_;
  int changes_ = 0;
  std::map<int, Fault> faults_;
  std::map<int, Fault> change_faults_;
  std::optional<int> crashed_;
  bool reachable_ = true;
  int quiet_ = 0;
};

}  // namespace cai
