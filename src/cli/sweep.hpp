#pragma once

#include "cli/app.hpp"

namespace cai {

/// Reaps runs and boxes whose cai died without cleaning up: at the start of every command that creates or
/// cleans, never of one that only reads. Two seconds at most, silent when there is nothing or no engine, one
/// line otherwise. Never throws: the command has its own, clearer message.
void sweep_orphans(App& app);

}  // namespace cai
