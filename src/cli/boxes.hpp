#pragma once

#include <memory>

#include "cai/agent/agent.hpp"
#include "cli/app.hpp"

namespace cai {

/// What the user's settings say of boxes and purposes.
BoxSettings settings_for_boxes(App& app);

/// The session behind `cai box` (a person's) or `cai mcp` (an agent's).
std::unique_ptr<BoxSession> make_box_session(App& app, SessionRules rules);

}  // namespace cai
