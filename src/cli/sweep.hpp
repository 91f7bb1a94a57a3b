#pragma once

#include "cli/app.hpp"

namespace cai {

enum class SweepReport { told, silent };

/// Removes what cais that died without cleaning up left behind: runs, boxes, empty networks, temporary files,
/// helpers and volumes of exports and imports.
/// At the start of every command that creates or cleans, never of one that only reads. Two seconds at most,
/// silent when there is nothing or no engine, one line otherwise. Never throws: the command has its own,
/// clearer message.
void sweep_orphans(App& app, SweepReport report = SweepReport::told);

}  // namespace cai
