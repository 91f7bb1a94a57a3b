#pragma once

#include <string>

#include "process.hpp"

namespace cai::bench {

/// Requests that a command sends to the engine, counted by a relay between the two.
int count_requests(const std::string& engine_socket, const std::string& relay_socket, const Argv& argv);

}  // namespace cai::bench
