#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cai/base/error.hpp"

namespace cai {

struct ExitCodeRow {
  int code;
  std::optional<ErrorKind> kind;  ///< nullopt: not the code of an Error
  std::string_view name;
  std::string_view meaning;  ///< a sentence
};

/// The exit codes in ascending order: the program's behaviour and its documentation in one.
std::span<const ExitCodeRow> exit_code_table();

int exit_code(ErrorKind kind);

/// For work that a signal ended, with the exit code that shells expect after it. `text` says what was not
/// done.
Error ended_by_signal(int signal, const std::string& text);

/// The whole of docs/reference/exit-codes.md.
std::string exit_codes_markdown();

}  // namespace cai
