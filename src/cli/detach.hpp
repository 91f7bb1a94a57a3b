#pragma once

#include <functional>
#include <string>

namespace cai {

/// Tells the process in the foreground that the work is on its way: it prints `line` on standard output and
/// ends with 0. From then on this process has no terminal and no standard streams.
using Detach = std::function<void(const std::string& line)>;

/// Runs `work` in a process of its own, which goes on after the one in the foreground has ended: the cai
/// behind a detached run, which keeps its output and removes its container. Whatever `work` returns before it
/// detached is returned here. Nothing may be open yet that two processes must not share.
int run_detached(const std::function<int(const Detach&)>& work);

}  // namespace cai
