#pragma once

#include <string>
#include <vector>

#include "cli/app.hpp"
#include "cli/bring_up.hpp"

namespace cai {

/// What runs inside. Empty argv: a login shell.
struct InsideCommand {
  std::vector<std::string> argv;
  std::string directory;  ///< inside; the same path as outside
};

/// The directory where a session starts: where the user is, if that is within the working tree, else its
/// root.
std::string inside_directory(App& app, const WorkspaceRow& row);

/// Runs the command in the workspace over SSH with our terminal and returns its exit code. When the workspace
/// turns out not to answer although the store believed so, it is brought up once more.
int go_inside(App& app, const BringUpRequest& request, Ready ready, const InsideCommand& command);

/// One command without a terminal of its own: through a shared connection if there is one, else through the
/// engine, which is faster than a new connection. nullopt: the container does not run any more.
std::optional<int> execute_inside(App& app, const Ready& ready, const InsideCommand& command);

}  // namespace cai
