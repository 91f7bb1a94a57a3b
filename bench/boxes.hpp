#pragma once

#include <string>

#include "table.hpp"

namespace cai::bench {

/// Boxes through `cai mcp` beside `docker run -d` and the engine's own exec: one, and ten at once. What is
/// made has names that begin with `name`, and goes away again.
void race_boxes(Table& table, const std::string& cai, const std::string& engine_socket,
                const std::string& name);

}  // namespace cai::bench
