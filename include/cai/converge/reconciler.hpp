#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "cai/base/environment.hpp"
#include "cai/converge/options.hpp"
#include "cai/engine/engine.hpp"
#include "cai/plan/plan.hpp"
#include "cai/ssh/ssh.hpp"
#include "cai/store/store.hpp"

namespace cai {

/// Hears what happens while it happens.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void step_started(const std::string& text) = 0;
  virtual void step_finished(std::chrono::milliseconds took) = 0;
  /// One line of a build's output, as the engine sent it: escape before showing.
  virtual void output(std::string_view line) = 0;
  virtual void notice(const std::string& text) = 0;
};

/// What the reconciler works with. All borrowed; they outlive it.
struct Workshop {
  Engine& engine;
  Store& store;
  const SshFiles& files;
  const Paths& paths;
  const InstanceId& instance;
  EventSink& events;
  PortRange ports;
  /// What a container may open at most: an engine refuses to start one with more than its own limit, which it
  /// does not tell; on the same host ours is the best guess.
  std::int64_t open_files = 65536;
  /// An engine that was killed needs seconds until it can start again what it left in the middle.
  std::chrono::milliseconds start_patience = std::chrono::seconds(5);
  /// Waits until the workspace on this port answers; a seam, so that tests on the fake engine need no sshd.
  /// False at the deadline or as soon as `give_up` says so.
  std::function<bool(int port, Deadline deadline, const std::function<bool()>& give_up)> await_ready =
      await_ssh_banner;
  std::function<bool(int port)> port_is_free = loopback_port_is_free;
  /// What else belongs to a new volume. Told before it is made, before each start of a container, and each
  /// time one was seen to answer after its start, so that whatever is still to do gets done whoever was
  /// killed in between. May be empty; none may throw.
  std::function<void(const Desired&)> before_new_volume = {};
  std::function<void(const Desired&)> before_start = {};
  std::function<void(const ContainerId&, const Desired&)> after_ready = {};
};

struct ImageShop;

/// Compares one workspace's wish with what there is, and converges the two. Level-triggered: each pass
/// observes and plans afresh, so that nothing has to be remembered of a pass that died. The caller holds the
/// workspace's lock.
class Reconciler {
 public:
  explicit Reconciler(Workshop workshop) : shop_(std::move(workshop)), operation_(make_operation_id()) {}

  /// Asks the engine and looks at the ssh files. Throws when it cannot see everything.
  [[nodiscard]] Observed observe(const Desired& desired) const;

  /// What converging would do now. Changes nothing.
  [[nodiscard]] Plan plan(const WorkspaceRow& row, const WorkspaceOptions& options) const;

  /// Acts until the plan is empty: at most three passes without progress. Updates `row` with what was learned
  /// (port, container, confirmed volume). Returns the last, empty plan. Throws the plan's refusal as an
  /// Error, and any failure with the step that failed in its trail.
  Plan converge(WorkspaceRow& row, const WorkspaceOptions& options);

  /// Builds the workspace's image again without the build cache (images.hpp). A failing build changes
  /// nothing. Returns the id of the image that it replaced, "" when there was none.
  std::string rebuild_image(const WorkspaceRow& row, const WorkspaceOptions& options);

 private:
  enum class StepResult { progress, observe_again, port_taken, unstartable };

  /// What was seen, and what it means.
  struct Look {
    Observed observed;
    Plan plan;
  };

  [[nodiscard]] ImageShop image_shop() const;
  static std::string make_operation_id();
  [[nodiscard]] Look look(const WorkspaceRow& row, const WorkspaceOptions& options) const;
  bool execute(const Plan& plan, WorkspaceRow& row, const WorkspaceOptions& options);
  StepResult run_step(const Step& step, const Desired& desired, const WorkspaceOptions& options,
                      WorkspaceRow& row);
  StepResult act(const Step& step, const Desired& desired, const WorkspaceOptions& options,
                 WorkspaceRow& row);

  StepResult create_volume(const Desired& desired, const std::string& volume);
  StepResult create_container(const Desired& desired);
  StartResult start_patiently(const ContainerId& id);
  void forget_verified(const ContainerId& id, WorkspaceRow& row);
  static void remember_verified(const std::optional<ContainerId>& id, WorkspaceRow& row);
  StepResult start_container(const ContainerId& id, const Desired& desired, WorkspaceRow& row);
  StepResult remove_container(const ContainerId& id);
  StepResult await_container(const ContainerId& id);
  void await_stop_in_flight(const WorkspaceRow& row) const;
  void verify_ready(const Desired& desired, const WorkspaceOptions& options);
  void take_another_port(WorkspaceRow& row);
  void make_anew(WorkspaceRow& row);
  void learn(const Plan& plan, const Observed& observed, WorkspaceRow& row);

  Workshop shop_;
  std::string operation_;
  std::optional<ContainerId> created_;  ///< by the CreateContainer step of this pass
};

/// The name of the lock file for one workspace, known before it has a row.
std::filesystem::path workspace_lock_file(const Paths& paths, const WorkspaceKey& key);

}  // namespace cai
