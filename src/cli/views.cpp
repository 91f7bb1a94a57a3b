#include "cli/views.hpp"

#include <fmt/format.h>

#include "cai/base/text.hpp"
#include "cli/table.hpp"

namespace cai {
namespace {

std::string age_of(const std::optional<Timestamp>& since, Timestamp now) {
  return since ? format_duration(now - *since) : "-";
}

Json or_null(const std::optional<std::int64_t>& value) {
  return value ? Json(*value) : Json(nullptr);
}
Json or_null(const std::optional<int>& value) {
  return value ? Json(*value) : Json(nullptr);
}

/// As a workspace, so that one reader does for both; what a run has not is empty.
Json run_json(const RunView& run) {
  const auto& row = run.row;
  std::error_code ignored;
  Json json;
  json["kind"] = "run";
  json["id"] = row.id.value;
  json["name"] = row.name;
  json["status"] = run.status;
  json["image"] = row.image;
  json["template"] =
      run.container ? label_or_empty(run.container->labels, label::template_name) : std::string();
  json["profile"] = "";
  json["branch"] = "";
  json["path"] = row.root;
  json["created"] = row.created_at.empty() ? Json(nullptr) : Json(row.created_at);
  json["port"] = 0;
  json["volume"] = "";
  json["keep"] = row.keep;
  json["generation"] = 0;
  json["behind"] = Json::array();
  json["path_exists"] = std::filesystem::is_directory(row.root, ignored);
  json["command"] = row.command;
  json["exit_code"] = row.exit_code ? Json(*row.exit_code) : Json(nullptr);
  return json;
}

std::string shortened(const std::string& command) {
  constexpr std::size_t longest = 60;
  if (command.size() <= longest) return command;
  return fmt::format("{}...", std::string_view(command).substr(0, longest - 3));
}

/// 12 hex digits are what other tools show; an image id is no name.
std::string image_name(const std::string& image) {
  return image.starts_with("sha256:") ? image.substr(7, 12) : escape_for_terminal(image);
}

std::string resources_text(const LiveFigures& live) {
  if (!live.memory_bytes && !live.cpu_percent) return "";
  std::string text = "\n  Resource Usage:\n";
  if (live.memory_bytes) {
    text += "    Memory: " + format_size(*live.memory_bytes);
    if (live.memory_limit_bytes) {
      text += fmt::format(" / {} ({}%)", format_size(*live.memory_limit_bytes),
                          *live.memory_bytes * 100 / *live.memory_limit_bytes);
    }
    text += '\n';
  }
  if (live.cpu_percent) text += fmt::format("    CPU: {:.1f}% (average since start)\n", *live.cpu_percent);
  return text;
}

std::string sessions_text(const LiveFigures& live) {
  if (!live.ssh_connections && !live.active_terminals) return "";
  std::string text = "\n  Sessions (best-effort):\n";
  if (live.ssh_connections) text += fmt::format("    SSH connections: {}\n", *live.ssh_connections);
  if (live.active_terminals) text += fmt::format("    Active terminals: {}\n", *live.active_terminals);
  return text;
}

}  // namespace

Json workspace_json(const WorkspaceView& view) {
  Json json;
  json["name"] = view.row.name;
  json["status"] = view.status;
  json["image"] = view.image;
  json["template"] = view.template_name;
  json["profile"] = view.profile;
  json["branch"] = view.row.key.branch;
  json["path"] = view.row.key.root;
  json["created"] = view.created ? Json(format_rfc3339(*view.created)) : Json(nullptr);
  json["port"] = view.row.port;
  json["volume"] = view.row.volume;
  json["keep"] = view.row.keep;
  json["generation"] = view.row.generation;
  json["behind"] = view.behind;
  json["path_exists"] = view.directory_exists;
  return json;
}

std::string status_text(const WorkspaceView& view, const LiveFigures& live, const std::string& engine,
                        Timestamp now) {
  std::string text = "Container: " + view.row.name + '\n';
  const auto line = [&text](std::string_view key, const std::string& value) {
    text += fmt::format("  {}: {}\n", key, value);
  };
  line("Status", escape_for_terminal(view.status));
  if (live.uptime_seconds) line("Uptime", format_duration(std::chrono::seconds(*live.uptime_seconds)));
  line("Image", view.image.empty() ? "-" : image_name(view.image));
  if (!view.template_name.empty()) line("Template", view.template_name);
  line("Branch", escape_for_terminal(view.row.key.branch));
  line("Path", escape_for_terminal(view.row.key.root) + (view.directory_exists ? "" : " (missing)"));
  if (view.created) line("Age", age_of(view.created, now));
  line("SSH port", fmt::format("{} (ssh {})", view.row.port, view.row.name));
  line("Volume", view.row.volume);
  line("Profile", escape_for_terminal(view.profile));
  line("Keep", view.row.keep ? "yes" : "no");
  line("Behind",
       view.behind.empty() ? "no" : join(view.behind, ", ") + " changed (`cai --fresh` applies it)");
  line("Engine", engine);
  return text + sessions_text(live) + resources_text(live);
}

Json status_json(const WorkspaceView& view, const LiveFigures& live, const std::string& engine) {
  Json json = workspace_json(view);
  json["container"] = view.row.name;
  json["engine"] = engine;
  json["uptime_seconds"] = or_null(live.uptime_seconds);
  json["sessions"] = {{"ssh_connections", or_null(live.ssh_connections)},
                      {"active_terminals", or_null(live.active_terminals)}};
  const bool has_share = live.memory_bytes && live.memory_limit_bytes;
  json["resources"] = {{"memory_bytes", or_null(live.memory_bytes)},
                       {"memory_limit_bytes", or_null(live.memory_limit_bytes)},
                       {"memory_percent", has_share ? Json(100.0 * static_cast<double>(*live.memory_bytes) /
                                                           static_cast<double>(*live.memory_limit_bytes))
                                                    : Json(nullptr)},
                       {"cpu_percent", live.cpu_percent ? Json(*live.cpu_percent) : Json(nullptr)}};
  return json;
}

std::string list_text(const std::vector<WorkspaceView>& views, Timestamp now) {
  Table table({"NAME", "STATUS", "BRANCH", "AGE", "PORT", "TEMPLATE", "KEEP", "BEHIND", "PATH"});
  for (const auto& view : views) {
    table.add_row({view.row.name, escape_for_terminal(view.status), escape_for_terminal(view.row.key.branch),
                   age_of(view.created, now), std::to_string(view.row.port),
                   view.template_name.empty() ? "-" : view.template_name, view.row.keep ? "yes" : "-",
                   view.behind.empty() ? "-" : "yes",
                   escape_for_terminal(view.row.key.root) + (view.directory_exists ? "" : " (missing)")});
  }
  return table.render();
}

std::string runs_text(const std::vector<RunView>& runs, Timestamp now) {
  Table table({"RUN", "NAME", "STATUS", "EXIT", "AGE", "KEEP", "COMMAND"});
  for (const auto& [row, container, status] : runs) {
    table.add_row({row.id.value, escape_for_terminal(row.name), escape_for_terminal(status),
                   row.exit_code ? std::to_string(*row.exit_code) : "-",
                   age_of(parse_rfc3339(row.created_at), now), row.keep ? "yes" : "-",
                   escape_for_terminal(shortened(row.command))});
  }
  return table.render();
}

Json list_json(const std::vector<WorkspaceView>& views, const std::vector<RunView>& runs) {
  Json json = Json::array();
  for (const auto& view : views) {
    auto entry = workspace_json(view);
    entry["kind"] = "workspace";
    entry["id"] = view.row.id.value;
    entry["command"] = nullptr;
    entry["exit_code"] = nullptr;
    json.push_back(std::move(entry));
  }
  for (const auto& run : runs) json.push_back(run_json(run));
  return json;
}

Json plan_json(const Desired& desired, const Plan& plan) {
  Json json;
  json["name"] = desired.name;
  json["wanted"] = std::string(to_string(desired.wanted));
  json["steps"] = Json::array();
  for (const auto& step : plan.steps) {
    const auto text = to_text(step, desired);
    const auto cause = std::string(to_string(step.cause));
    json["steps"].push_back({{"action", text.substr(0, text.size() - cause.size() - 2)}, {"cause", cause}});
  }
  json["behind"] = plan.behind;
  json["notes"] = plan.notes;
  json["refusal"] =
      plan.refusal ? Json{{"message", plan.refusal->message}, {"hints", plan.refusal->hints}} : Json(nullptr);
  return json;
}

std::string log_text(const std::vector<JournalEntry>& entries) {
  Table table({"TIME", "OPERATION", "WORKSPACE", "OUTCOME", "STEP"});
  for (const auto& entry : entries) {
    const auto message = entry.message.empty() ? "" : " (" + escape_for_terminal(entry.message) + ")";
    table.add_row({entry.started_at, entry.operation, escape_for_terminal(entry.workspace),
                   entry.outcome.empty() ? "unfinished" : entry.outcome,
                   escape_for_terminal(entry.step) + message});
  }
  return table.render();
}

Json log_json(const std::vector<JournalEntry>& entries) {
  Json json = Json::array();
  for (const auto& entry : entries) {
    json.push_back({{"id", entry.id},
                    {"operation", entry.operation},
                    {"workspace", entry.workspace},
                    {"step", entry.step},
                    {"started_at", entry.started_at},
                    {"finished_at", entry.finished_at.empty() ? Json(nullptr) : Json(entry.finished_at)},
                    {"outcome", entry.outcome.empty() ? Json(nullptr) : Json(entry.outcome)},
                    {"message", entry.message}});
  }
  return json;
}

}  // namespace cai
