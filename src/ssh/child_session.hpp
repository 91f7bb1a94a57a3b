#pragma once

#include <string>
#include <vector>

namespace cai {

struct ChildEnd {
  int exit_code = 0;         ///< as shells report it
  bool interrupted = false;  ///< SIGINT came while it ran
  int ended_by = 0;          ///< the signal to us that made us end it; 0: none
};

/// Runs a program in the foreground with our terminal and streams and waits for its end. SIGINT and SIGQUIT
/// do not end us meanwhile (the terminal sends them to the program too); SIGTERM and SIGHUP are passed on;
/// when the program suspends itself, so do we. Throws Error(ssh_setup) when the program cannot be started.
ChildEnd run_in_foreground(const std::vector<std::string>& argv, const std::vector<std::string>& environment);

}  // namespace cai
