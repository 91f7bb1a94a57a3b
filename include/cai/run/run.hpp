#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cai/base/environment.hpp"
#include "cai/base/process_identity.hpp"
#include "cai/engine/engine.hpp"
#include "cai/model/run.hpp"
#include "cai/store/store.hpp"

namespace cai {

/// What `cai run --rm` asks for, understood and checked.
struct RunRequest {
  std::string name;  ///< of the container; empty: "cai-run-<id>"
  std::string image;
  std::string template_name;   ///< empty: the image was named
  bool own_entrypoint = true;  ///< the image's own entrypoint goes before the command, as other tools do it
  std::vector<std::string> command;
  std::string root;           ///< the working tree, mounted at the same path
  std::string git_directory;  ///< of a linked worktree; empty: none
  std::string directory;      ///< where the command starts
  bool read_only_tree = false;
  bool read_only_root = false;
  bool keep = false;
  std::map<std::string, std::string>
      environment;  ///< perhaps secrets: never in the container's configuration
  /// Shell that is read before `environment` and the command, and shell that is run after both, with what it
  /// prints shown only if it fails; then the command is not started, and the exit code is 125.
  std::string variables;
  std::string set_up;
  std::string scratch;        ///< a directory inside that is empty and the command's own; empty: none
  std::string terminal_type;  ///< TERM, with a terminal
  std::int64_t memory_bytes = 0;
  std::int64_t nano_cpus = 0;
  std::int64_t open_files = 0;
  std::string network;  ///< "none", "bridge" or a network's name; empty: the engine's default
  std::optional<std::chrono::seconds> time_limit;
  bool terminal = false;  ///< our terminal becomes the command's
  ExecStreams streams;    ///< borrowed; -1: none
  uid_t uid = 0;
  gid_t gid = 0;
};

/// The exit code of a run that its time limit ended, as timeout(1) has it.
inline constexpr int timed_out_exit_code = 124;

/// What a run works with. All borrowed.
struct RunShop {
  Engine& engine;
  Store& store;
  const Paths& paths;
  const InstanceId& instance;
  const Clock& clock;
  EngineId engine_id;
  ProcessIdentity owner;
  std::function<int()> received_signal;                          ///< 0: none
  std::function<bool()> terminal_resized;                        ///< true once after each change
  std::function<void(const std::string&)> warn;                  ///< one line
  std::function<void(std::string_view)> progress;                ///< a line of a pull
  std::function<void(const RunRow&)> on_start;                   ///< the command runs now
  std::chrono::milliseconds grace = std::chrono::seconds(5);     ///< between a signal and SIGKILL
  std::chrono::milliseconds removal = std::chrono::seconds(15);  ///< for removing the container
};

/// The container of a run. `environment_file`: of the host, mounted and read by a shell before the command;
/// empty: there are no variables.
ContainerRequest make_run_container(const RunRow& row, const RunRequest& request, const InstanceId& instance,
                                    const std::vector<std::string>& image_entrypoint,
                                    const std::string& environment_file);

/// Runs a command in a container of its own and removes the container, however it ends: once, after the
/// output is safe, with a time limit of its own. The record stays. Returns the command's exit code; after a
/// signal 130 or 143. Throws Error for whatever kept the command from starting, and when the engine is lost.
int run_once(const RunShop& shop, const RunRequest& request);

/// Removes files of runs whose cai died between writing them and starting the command.
void remove_dead_environment_files(const Paths& paths, const ProcessIdentity& self);

}  // namespace cai
