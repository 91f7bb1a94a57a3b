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
/// most). `argv[0]` is looked up in PATH. Throws Error(failed) when it cannot be started, or does not end in
/// time (then it is killed).
ProcessResult run_process(const std::vector<std::string>& argv,
                          std::chrono::milliseconds limit = std::chrono::seconds(30));

/// True when `program` is an executable file in PATH.
bool program_exists(const std::string& program);

}  // namespace cai
