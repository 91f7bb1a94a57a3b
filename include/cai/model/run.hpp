#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cai/model/ids.hpp"

namespace cai {

/// 8 hex digits, random. Short enough to type; the store and the engine's names keep it unique.
using RunId = StrongString<struct RunIdTag>;

bool is_run_id(std::string_view text);

/// What is known to have happened to a run. What its container does now, only the engine can say.
enum class RunState {
  created,  ///< asked for; the cai of it is at it, or died
  running,  ///< its command was started
  exited,   ///< its command ended
  failed,   ///< its command was never started
  lost,     ///< the cai of it died before its end
};
std::string_view to_string(RunState state);
std::optional<RunState> parse_run_state(std::string_view text);

/// The record of a run. It outlives the container; the output lies beside the store (run/record.hpp).
struct RunRow {
  RunId id;
  EngineId engine;
  std::string name;     ///< of the container; chosen with --name, else "cai-run-<id>"
  std::string command;  ///< as a shell would read it; without environment variables, which may be secrets
  std::string root;     ///< the working tree
  std::string image;
  ContainerId container;  ///< empty: none was made
  bool keep = false;
  std::string owner;  ///< to_text(ProcessIdentity) of the cai behind it
  RunState state = RunState::created;
  std::optional<int> exit_code;
  std::string message;      ///< why it failed
  std::string created_at;   ///< RFC 3339
  std::string started_at;   ///< empty: never
  std::string finished_at;  ///< empty: not yet
};

}  // namespace cai
