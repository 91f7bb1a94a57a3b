#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cai {

/// How a child process ended. `exit_code` is 128 + signal when a signal ended it, as shells report it.
struct ProcessResult {
  int exit_code = 0;
  std::string standard_output;
  std::string standard_error;
};

/// Runs a helper program (ssh-keygen, ...) with a time limit and captures what it prints (1 MiB each at
/// most). `argv[0]` is looked up by find_program. Throws Error(failed) when it cannot be started, or does not
/// end in time (then it is killed).
ProcessResult run_process(const std::vector<std::string>& argv,
                          std::chrono::milliseconds limit = std::chrono::seconds(30));

/// The executable file that `program` means: itself if it is a path, else the first of that name in PATH.
/// Only absolute directories of PATH count: with "." in it, whatever repository cai is called in could bring
/// its own ssh. nullopt: there is none.
std::optional<std::string> find_program(const std::string& program);

/// find_program finds one.
bool program_exists(const std::string& program);

}  // namespace cai
