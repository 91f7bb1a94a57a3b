#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "cai/base/filesystem.hpp"

namespace cai {

/// Says on the disk that a transfer makes something on the engine: a file with a name of its own, from before
/// the thing is made until it is gone or in service, locked by who makes it. What a killed command left can
/// so be told from what is in work, without asking the engine.
class TransferMark {
 public:
  /// `directory` is made if need be. Throws Error(failed).
  TransferMark(const std::filesystem::path& directory, const std::string& name);
  /// Nothing is left that it speaks of. Without this the mark stays, and tells others to clean up.
  void remove();

 private:
  std::filesystem::path path_;
  FileLock lock_;
};

/// Where the marks of helper containers are; `locks`: the directory of lock files.
std::filesystem::path helper_marks(const std::filesystem::path& locks);

/// Whether there is a mark whose command was killed. A few system calls.
bool has_abandoned_marks(const std::filesystem::path& directory);

/// What was found of the thing that an abandoned mark names.
enum class Leftover {
  nothing,  ///< it does not exist; an engine that is slow may still be about to make it
  gone,     ///< it was removed, or is somebody's: the mark has no use any more
  stays,    ///< it cannot be removed now
};
/// Calls `clear` with the name of each abandoned mark, under its lock, and removes the mark if nothing more
/// can come of it: `nothing` is believed a minute after the mark was made.
void clear_abandoned_marks(const std::filesystem::path& directory,
                           const std::function<Leftover(const std::string& name)>& clear);

}  // namespace cai
