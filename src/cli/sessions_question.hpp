#pragma once

#include <string>

#include "cai/store/store.hpp"
#include "cli/app.hpp"

namespace cai {

/// Asks `question` when somebody is inside the workspace; Error(refused) with `refusal` when the answer is
/// no. Best effort: what cannot be counted stops nothing. `--force` and `--yes` answer yes.
void require_no_sessions(App& app, const WorkspaceRow& row, const std::string& question,
                         const std::string& refusal);

}  // namespace cai
