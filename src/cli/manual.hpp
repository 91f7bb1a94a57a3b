#pragma once

#include <string>

namespace cai {

/// The whole of docs/man/cai.1: every command, from the command table and the table of exit codes, in man(7).
std::string manual_page();

}  // namespace cai
