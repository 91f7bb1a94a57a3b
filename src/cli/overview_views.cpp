#include <fmt/format.h>

#include <algorithm>

#include "cai/base/text.hpp"
#include "cli/collect_views.hpp"
#include "cli/overview.hpp"
#include "cli/table.hpp"
#include "cli/views.hpp"

namespace cai {
namespace {

constexpr std::size_t indent = 2;

std::optional<std::int64_t> size_of(const std::optional<DiskUsage>& usage, const ContainerId& id) {
  if (!usage || !usage->containers.contains(id)) return std::nullopt;
  return usage->containers.at(id);
}

std::optional<std::int64_t> size_of(const std::optional<DiskUsage>& usage, const std::string& volume) {
  if (!usage || !usage->volumes.contains(volume)) return std::nullopt;
  return usage->volumes.at(volume);
}

std::optional<std::chrono::nanoseconds> age_of(const std::optional<Timestamp>& since, Timestamp now) {
  if (!since || *since == Timestamp{}) return std::nullopt;
  return age_since(*since, now).least;
}

template <typename Range>
std::size_t running_among(const Range& states) {
  return static_cast<std::size_t>(std::ranges::count(states, "running"));
}

std::string image_title(const ImageView& view) {
  if (view.image.tags.empty()) return view.image.id.substr(view.image.id.find(':') + 1, 12);
  return escape_for_terminal(join(view.image.tags, ", "));
}

std::string workspaces_text(const Overview& overview) {
  const auto& usage = overview.inventory.usage;
  Table table({"NAME", "STATUS", "BRANCH", "AGE", "DISK", "VOLUME", "KEEP", "BEHIND", "PATH"});
  std::vector<std::string> states;
  for (const auto& view : overview.workspaces) {
    states.push_back(view.status);
    table.add_row({view.row.name, escape_for_terminal(view.status), escape_for_terminal(view.row.key.branch),
                   short_age(age_of(view.created, overview.inventory.now)),
                   view.container.empty() ? "-" : size_text(size_of(usage, view.container)),
                   size_text(size_of(usage, view.row.volume)), view.row.keep ? "yes" : "-",
                   view.behind.empty() ? "-" : "yes",
                   escape_for_terminal(view.row.key.root) + (view.directory_exists ? "" : " (missing)")});
  }
  if (table.empty()) return "Workspaces: none\n";
  return fmt::format("Workspaces ({} total, {} running)\n{}", states.size(), running_among(states),
                     table.render(indent));
}

std::string runs_text(const Overview& overview) {
  Table table({"NAME", "KIND", "ID", "STATE", "AGE", "DISK", "KEEP"});
  std::vector<std::string> states;
  for (const auto* run : overview.runs) {
    states.push_back(run->state_text);
    table.add_row({escape_for_terminal(run->name), std::string(to_string(kind_of(run->labels))),
                   run->id.value.substr(0, 12), escape_for_terminal(run->state_text),
                   short_age(age_of(run->created, overview.inventory.now)),
                   size_text(size_of(overview.inventory.usage, run->id)),
                   label_or_empty(run->labels, label::keep) == "true" ? "yes" : "-"});
  }
  if (table.empty()) return "Runs and boxes: none\n";
  return fmt::format("Runs and boxes ({} total, {} running)\n{}", states.size(), running_among(states),
                     table.render(indent));
}

std::string images_text(const Overview& overview) {
  Table table({"IMAGE", "CREATED", "SIZE", "USED BY"});
  for (const auto& view : overview.images) {
    auto users = escape_for_terminal(join(view.used_by, ", "));
    if (view.is_base) users += users.empty() ? "(base)" : " (base)";
    table.add_row({image_title(view), short_age(age_of(view.image.created, overview.inventory.now)),
                   format_size(view.image.size_bytes), users.empty() ? "-" : users});
  }
  if (table.empty()) return "Images: none\n";
  const auto& usage = overview.inventory.usage;
  const auto total =
      usage ? ", all images of this engine " + format_size(usage->layers_bytes) : std::string();
  return fmt::format("Images ({} total{})\n{}", overview.images.size(), total, table.render(indent));
}

std::string volumes_text(const Overview& overview) {
  Table table({"VOLUME", "OF", "AGE", "SIZE"});
  for (const auto& former : overview.inventory.former_volumes) {
    table.add_row({escape_for_terminal(former.volume), escape_for_terminal(former.workspace_name),
                   short_age(age_of(parse_rfc3339(former.retired_at), overview.inventory.now)),
                   size_text(size_of(overview.inventory.usage, former.volume))});
  }
  if (table.empty()) return "";
  return fmt::format("Former volumes ({}; `cai gc --volumes` removes old ones)\n{}\n",
                     overview.inventory.former_volumes.size(), table.render(indent));
}

std::string health_text(const Overview& overview) {
  std::string text = "Health\n";
  for (const auto& line : overview.health) {
    text += fmt::format("  {} {}{}\n", line.is_well ? "✓" : "⚠", line.text,
                        line.mend.empty() ? "" : ": `" + line.mend + "`");
  }
  if (overview.foreign > 0) {
    text +=
        fmt::format("  ✓ {} of other installations, left alone\n", count_text(overview.foreign, "container"));
  }
  return text;
}

Json size_json(const std::optional<std::int64_t>& bytes) {
  return bytes ? Json(*bytes) : Json(nullptr);
}

Json workspaces_json(const Overview& overview) {
  Json json = Json::array();
  for (const auto& view : overview.workspaces) {
    auto entry = workspace_json(view);
    entry["disk_bytes"] = size_json(size_of(overview.inventory.usage, view.container));
    entry["volume_bytes"] = size_json(size_of(overview.inventory.usage, view.row.volume));
    json.push_back(std::move(entry));
  }
  return json;
}

Json runs_json(const Overview& overview) {
  Json json = Json::array();
  for (const auto* run : overview.runs) {
    json.push_back({{"name", run->name},
                    {"kind", std::string(to_string(kind_of(run->labels)))},
                    {"id", run->id.value},
                    {"state", run->state_text},
                    {"created", format_rfc3339(run->created)},
                    {"disk_bytes", size_json(size_of(overview.inventory.usage, run->id))},
                    {"keep", label_or_empty(run->labels, label::keep) == "true"}});
  }
  return json;
}

Json images_json(const Overview& overview) {
  Json json = Json::array();
  for (const auto& view : overview.images) {
    json.push_back({{"id", view.image.id},
                    {"tags", view.image.tags},
                    {"created", format_rfc3339(view.image.created)},
                    {"size_bytes", view.image.size_bytes},
                    {"used_by", view.used_by},
                    {"base", view.is_base}});
  }
  return json;
}

}  // namespace

std::string overview_text(const Overview& overview) {
  return fmt::format("Engine: {} {} at {}\n\n{}\n{}\n{}\n{}{}", overview.inventory.product.name,
                     escape_for_terminal(overview.inventory.product.version),
                     escape_for_terminal(overview.endpoint), workspaces_text(overview), runs_text(overview),
                     images_text(overview), volumes_text(overview), health_text(overview));
}

Json overview_json(const Overview& overview) {
  Json json;
  json["engine"] = {{"name", overview.inventory.product.name},
                    {"version", overview.inventory.product.version},
                    {"api_version", overview.inventory.product.api_version},
                    {"endpoint", overview.endpoint}};
  json["workspaces"] = workspaces_json(overview);
  json["runs"] = runs_json(overview);
  json["images"] = images_json(overview);
  json["former_volumes"] = Json::array();
  for (const auto& former : overview.inventory.former_volumes) {
    json["former_volumes"].push_back(
        {{"volume", former.volume},
         {"workspace", former.workspace_name},
         {"retired", former.retired_at},
         {"size_bytes", size_json(size_of(overview.inventory.usage, former.volume))}});
  }
  json["health"] = Json::array();
  for (const auto& line : overview.health) {
    json["health"].push_back({{"ok", line.is_well},
                              {"text", line.text},
                              {"mend", line.mend.empty() ? Json(nullptr) : Json(line.mend)}});
  }
  json["other_installations"] = overview.foreign;
  return json;
}

Json system_images_json(const std::vector<ImageView>& images) {
  Json json = Json::array();
  for (const auto& view : images) {
    json.push_back({{"id", view.image.id},
                    {"tags", view.image.tags},
                    {"size_bytes", view.image.size_bytes},
                    {"created", format_rfc3339(view.image.created)}});
  }
  return json;
}

Json system_containers_json(const std::vector<ObservedContainer>& containers) {
  Json json = Json::array();
  for (const auto& container : containers) {
    json.push_back({{"id", container.id.value},
                    {"name", container.name},
                    {"status", container.state_text},
                    {"kind", label_or_empty(container.labels, label::kind)},
                    {"image", container.image},
                    {"created", format_rfc3339(container.created)}});
  }
  return json;
}

}  // namespace cai
