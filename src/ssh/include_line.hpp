#pragma once

#include "cai/base/environment.hpp"

namespace cai {

/// True when ~/.ssh/config has the line already; only reads.
bool include_line_present(const Paths& paths);
/// Puts the line on top of ~/.ssh/config, one process at a time. Throws Error(ssh_setup) or Error(busy).
void ensure_include_line(const Paths& paths);

}  // namespace cai
