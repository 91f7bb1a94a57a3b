#pragma once

#include <algorithm>
#include <exception>
#include <string>
#include <vector>

namespace cai {

/// What kind of failure an Error is. One table (cli/exit_codes.cpp) maps each kind to an exit code; that
/// table is also the documentation, so a new kind needs a row there.
enum class ErrorKind {
  failed,              ///< anything without a better word
  usage,               ///< the user's words cannot be understood
  refused,             ///< not done on purpose: a rule forbids it, or the user said no
  not_found,           ///< the workspace or container asked for does not exist
  start_failed,        ///< the container could not be started, or ended at once
  ssh_setup,           ///< keys, entries or sshd could not be brought up
  ssh_connect,         ///< sshd could not be reached, or did not accept our key
  ssh_host_key,        ///< something else answers on the workspace's port
  not_ours,            ///< the container exists but does not belong to this cai
  engine_unreachable,  ///< no engine, no permission, or no sensible answer in time
  busy,                ///< somebody else holds what is needed, for longer than we wait
  interrupted,         ///< SIGINT
  terminated,          ///< SIGTERM or SIGHUP
};

/// The one exception type. `what()` is the first sentence: what failed. `trail()` says while doing what,
/// innermost first. `hints()` are next steps for a person, each one a full sentence or a command.
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}

  /// Adds "while <doing>", once: layers that do the same thing have the same words for it. Returns *this so
  /// that handlers can `throw std::move(error.during("..."))`.
  Error& during(std::string doing) {
    if (std::find(trail_.begin(), trail_.end(), doing) == trail_.end()) trail_.push_back(std::move(doing));
    return *this;
  }
  Error& hint(std::string text) {
    hints_.push_back(std::move(text));
    return *this;
  }

  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }
  [[nodiscard]] ErrorKind kind() const { return kind_; }
  [[nodiscard]] const std::vector<std::string>& trail() const { return trail_; }
  [[nodiscard]] const std::vector<std::string>& hints() const { return hints_; }

 private:
  ErrorKind kind_;
  std::string message_;
  std::vector<std::string> trail_;
  std::vector<std::string> hints_;
};

}  // namespace cai
