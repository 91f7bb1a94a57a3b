#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cai/base/filesystem.hpp"
#include "cai/engine/engine.hpp"
#include "cai/json/json.hpp"

namespace cai {

/// Where a box keeps what must not be in its file system: a tmpfs that belongs to the mapped user. Nothing in
/// it reaches an image, `inspect` or an environment.
inline constexpr const char* private_directory = "/run/cai";

/// A command inside a box.
struct InsideRequest {
  std::string command{};             ///< for /bin/sh
  std::vector<std::string> words{};  ///< its $1, $2, ...
  std::string user{};                ///< "uid:gid"
  std::string directory{};           ///< empty: the box's own
  std::string input{};               ///< on its standard input; the way for secrets
  std::chrono::milliseconds limit = std::chrono::seconds(60);
  bool with_variables = false;  ///< with the box's private variables
  std::string mark{};           ///< CAI_EXEC of all its processes; made up when empty
};

struct InsideResult {
  int code = 0;
  std::string output;
  std::string error;
  bool output_cut = false;  ///< more was printed than is kept; a note stands in its place
  bool error_cut = false;
  bool timed_out = false;
  bool cancelled = false;

  [[nodiscard]] bool succeeded() const { return code == 0 && !timed_out && !cancelled; }
  /// The last lines of both streams, for a report.
  [[nodiscard]] std::string tail() const;
};

/// Runs a command to its end. On time-out or cancellation every process that carries its mark is killed
/// inside, and what was printed so far is kept. nullopt: the box does not run.
std::optional<InsideResult> run_inside(Engine& engine, const ContainerId& id, const InsideRequest& request,
                                       const std::function<bool()>& cancelled);

/// The engine's words for it.
ExecRequest inside_exec(const InsideRequest& request);

/// The text as a descriptor that can be read to its end. It is in memory, never in a file.
UniqueFd as_descriptor(const std::string& text);

/// Kills what carries the mark, as the user that runs it.
void kill_marked(Engine& engine, const ContainerId& id, const std::string& user, const std::string& mark);

}  // namespace cai
