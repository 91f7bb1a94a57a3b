#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "e2e/world.hpp"

namespace cai::chaos {

/// Which system calls of cai strace(1) looks at, and what it does to them.
struct Watch {
  std::string calls;      ///< "write,fsync"
  std::string injection;  ///< "error=EIO:when=3", of each of these calls; empty: they are only written down
  bool threads = false;   ///< of all threads of cai and what they start; otherwise of its main thread alone
};

struct Watched {
  e2e::Result result;
  std::vector<std::string> lines;  ///< the calls as strace writes them
};

Watched run_watched(e2e::World& world, const std::filesystem::path& directory, const e2e::Words& arguments,
                    const Watch& watch);

/// Files of commands that write beside the final name first, anywhere below `home`.
std::vector<std::filesystem::path> temporary_files(const std::filesystem::path& home);

}  // namespace cai::chaos
