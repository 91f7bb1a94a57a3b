#pragma once

#include <string>
#include <string_view>

#include "cai/base/filesystem.hpp"

namespace cai {

/// Both ends close on exec, or a child would hold the writing end and nobody would ever see the end.
struct Pipe {
  UniqueFd reading;
  UniqueFd writing;

  /// Throws std::system_error.
  Pipe();
};

/// Reads until the end of the file. Throws std::system_error.
std::string read_to_end(int fd);
/// Writes all of it, however many calls that takes. Throws std::system_error.
void write_whole(int fd, std::string_view bytes);

}  // namespace cai
