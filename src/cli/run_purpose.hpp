#pragma once

#include "cai/run/run.hpp"
#include "cli/app.hpp"

namespace cai {

/// Checks --purpose and --env-passthrough of `cai run --rm`, before anything is asked of anybody. Throws
/// Error(usage).
void check_purpose(const Invocation& invocation);

/// The variables of the host that --env-passthrough names go to `request`; those that it has stay.
void pass_variables(App& app, RunRequest& request);

/// Makes `request` one for --purpose: the image, which is built when it is missing, unless --image named one;
/// variables, set-up, and a place for it. Throws Error(failed) that says how to name another image.
void prepare_purpose(App& app, RunRequest& request);

}  // namespace cai
