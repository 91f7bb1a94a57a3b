#pragma once

#include <string>
#include <vector>

#include "cai/json/json.hpp"
#include "cai/store/store.hpp"
#include "cli/live.hpp"
#include "cli/survey.hpp"

namespace cai {

// Plain data as text for people or as JSON; schema/*.schema.json describe the JSON, and tests hold the two
// together.

std::string status_text(const WorkspaceView& view, const LiveFigures& live, const std::string& engine,
                        Timestamp now);
Json status_json(const WorkspaceView& view, const LiveFigures& live, const std::string& engine);

std::string list_text(const std::vector<WorkspaceView>& views, Timestamp now);
std::string runs_text(const std::vector<RunView>& runs, Timestamp now);
/// A workspace as `list` and `status` have it in common.
Json workspace_json(const WorkspaceView& view);
Json list_json(const std::vector<WorkspaceView>& views, const std::vector<RunView>& runs);

Json plan_json(const Desired& desired, const Plan& plan);

std::string log_text(const std::vector<JournalEntry>& entries);
Json log_json(const std::vector<JournalEntry>& entries);

}  // namespace cai
