#pragma once

#include <memory>
#include <string>

#include "agent/provision.hpp"

namespace cai {

/// What happens in a new box before everything else, and as root: its user, home and directories are made,
/// and its variables are handed over. It is a script that is never an argument, because it holds the
/// variables.
///
/// The box's own program reads it from its standard input as it starts, which is cheaper than an exec by a
/// third of a start. A service has a program of its own, and gets an exec.
class Preparation {
 public:
  /// Its variables, workdir and purpose are known already. `provision` must outlive this.
  explicit Preparation(Provision& provision);

  /// Between creation and start. Throws Error(start_failed) when the container is gone.
  void attach();
  /// After the start: waits for the end of the script, and notes home and shell. Throws Error(failed),
  /// Error(start_failed) when the box ended meanwhile, Error(interrupted) when the call was cancelled.
  void finish();

 private:
  struct Answer {
    std::string output;
    std::string problem;  ///< the end of what it printed as errors
  };
  [[nodiscard]] Answer run_by_exec() const;
  [[nodiscard]] Answer read_from_program();

  Provision& provision_;
  std::string script_;
  UniqueFd input_;
  Answer answer_;  ///< of the box's own program, as it comes
  std::unique_ptr<ContainerStream> stream_;
};

/// The program of a box that is no service: reads the preparation, and stays.
inline constexpr const char* box_program =
    "trap 'exit 0' TERM INT; exec 3<&0 </dev/null; /bin/sh <&3 3<&- & exec 3<&-; "
    "while sleep 3600 & wait $!; do :; done";

}  // namespace cai
