#pragma once

#include <functional>
#include <string>

#include "cai/engine/engine.hpp"

namespace cai {

/// Runs the command on this machine with exactly these descriptors, and waits for it. 126 when it cannot be
/// started, as Docker Engine 20.10 says; killed when `should_stop`.
int run_on_host(const ExecRequest& request, const ExecStreams& streams,
                const std::function<bool()>& should_stop);

/// The same with captured output.
ExecResult capture_on_host(const ExecRequest& request, const std::string& input = "");

}  // namespace cai
