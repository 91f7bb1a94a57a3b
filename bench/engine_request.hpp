#pragma once

#include <string>

namespace cai::bench {

/// One request on a connection of its own, which ends with it; the whole answer, status line first. Throws
/// when there is no engine.
std::string engine_request(const std::string& socket, const std::string& line, const std::string& body = "");

}  // namespace cai::bench
