#pragma once

#include <string>

namespace cai::bench {

/// One request on a connection of its own, which ends with it; the whole answer, status line first. Throws
/// when there is no engine.
std::string engine_request(const std::string& socket, const std::string& line, const std::string& body = "");

/// The engine's exec of `true` as root and nothing else: made, started, asked how it ended.
void exec_by_engine(const std::string& socket, const std::string& container);

}  // namespace cai::bench
