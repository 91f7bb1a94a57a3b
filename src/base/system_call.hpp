#pragma once

#include <fmt/format.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "cai/base/error.hpp"

namespace cai {

/// Repeats a system call that a signal handler interrupted.
template <typename Call>
auto retry_interrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

inline std::string error_text(int error_number) {
  return std::generic_category().message(error_number);
}

/// system_error(errno, "open {}", path) says "cannot open /x: Permission denied". The number comes first and
/// by value, so that formatting cannot change errno before it is read.
template <typename... Arguments>
Error system_error(int error_number, fmt::format_string<Arguments...> what, Arguments&&... arguments) {
  return {ErrorKind::failed,
          fmt::format("cannot {}: {}", fmt::format(what, std::forward<Arguments>(arguments)...),
                      error_text(error_number))};
}

}  // namespace cai
