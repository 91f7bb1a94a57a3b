#pragma once

#include <cerrno>
#include <string>
#include <system_error>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"

namespace cai {

/// "cannot write x: No space left on device", with what to do about it. `doing` may hold a path.
inline Error system_failure(int number, const std::string& doing) {
  Error error(ErrorKind::failed,
              "cannot " + escape_for_terminal(doing) + ": " + std::generic_category().message(number));
  if (number == ENOSPC || number == EDQUOT)
    error.hint("free some space there, or choose another place with --output");
  if (number == EACCES || number == EPERM || number == EROFS) {
    error.hint("choose a place that you may write to with --output");
  }
  if (number == ENOENT || number == ENOTDIR) error.hint("make the directory first, or choose another place");
  return error;
}

}  // namespace cai
