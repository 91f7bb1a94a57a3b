#include "cai/collect/health.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cai/base/text.hpp"

namespace cai {
namespace {

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string with_size(const std::vector<Item>& items) {
  std::int64_t bytes = 0;
  for (const auto& item : items) {
    if (!item.size_bytes) return "";
    bytes += *item.size_bytes;
  }
  return fmt::format(" ({})", format_size(bytes));
}

/// A line names a few and counts the rest: the tables above it name all.
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t most = 5;
  if (names.size() <= most) return join(names, ", ");
  const std::vector<std::string> first(names.begin(), names.begin() + most);
  return fmt::format("{} and {} more", join(first, ", "), names.size() - most);
}

std::vector<Item> of_kind(const std::vector<Item>& items, std::initializer_list<ItemKind> kinds) {
  std::vector<Item> chosen;
  for (const auto& item : items) {
    if (std::ranges::find(kinds, item.kind) != kinds.end()) chosen.push_back(item);
  }
  return chosen;
}

HealthLine check(bool is_well, std::string well, std::string problem, std::string mend) {
  return is_well ? HealthLine{true, std::move(well), ""}
                 : HealthLine{false, std::move(problem), std::move(mend)};
}

HealthLine ended_runs(const Findings& clean) {
  const auto runs = of_kind(clean.items, {ItemKind::run, ItemKind::box});
  return check(runs.empty(), "no ended runs or boxes",
               counted(runs.size(), "stopped run or box", "stopped runs and boxes") + " can be cleaned" +
                   with_size(runs),
               "cai clean");
}

HealthLine old_workspaces(const Inventory& inventory, const HealthFacts& facts) {
  const auto gc = find_for_gc(inventory, {.age = facts.gc_age_seconds});
  const auto old = of_kind(gc.items, {ItemKind::workspace, ItemKind::container});
  return check(old.empty(), "nothing stopped for longer than " + facts.gc_age,
               counted(old.size(), "container is", "containers are") + " stopped for longer than " +
                   facts.gc_age + with_size(old),
               "cai gc");
}

HealthLine orphans(const Inventory& inventory) {
  const auto found = orphans_of(inventory);
  std::vector<std::string> names;
  for (const auto* container : found) names.push_back(escape_for_terminal(container->name));
  return check(found.empty(), "no orphaned containers",
               counted(found.size(), "orphaned container", "orphaned containers") + ": " + some_of(names),
               "cai gc --age 0h");
}

HealthLine images(const Findings& clean) {
  const auto unused = of_kind(clean.items, {ItemKind::image});
  const auto dangling =
      std::ranges::count_if(unused, [](const Item& item) { return item.name.starts_with("sha256:"); });
  return check(
      unused.empty(), "no dangling or unused images",
      fmt::format("{} ({} dangling) can be cleaned{}",
                  counted(unused.size(), "unused image", "unused images"), dangling, with_size(unused)),
      "cai clean");
}

HealthLine behind(const HealthFacts& facts) {
  return check(
      facts.behind.empty(), "no workspace is behind its template and settings",
      counted(facts.behind.size(), "workspace is", "workspaces are") + " behind: " + some_of(facts.behind),
      "cai --fresh");
}

/// A stopped workspace whose port somebody else publishes cannot start on it.
HealthLine ports(const Inventory& inventory) {
  std::map<int, const WorkspaceRow*> wanted;
  for (const auto& [id, row] : inventory.rows) wanted.emplace(row.port, &row);
  std::vector<std::string> taken;
  for (const auto& container : inventory.containers) {
    for (const auto port : container.host_ports) {
      const auto holder = wanted.find(port);
      if (holder == wanted.end() || inventory.row_of(container) == holder->second) continue;
      taken.push_back(
          fmt::format("{} of {} by {}", port, holder->second->name, escape_for_terminal(container.name)));
    }
  }
  std::ranges::sort(taken);
  taken.erase(std::ranges::unique(taken).begin(), taken.end());
  return check(taken.empty(), "no port of a workspace is held by others",
               "ports held by others: " + some_of(taken), "cai --fresh");
}

HealthLine disk(const HealthFacts& facts) {
  if (!facts.disk_free_bytes || !facts.disk_size_bytes) return {true, "disk space unknown", ""};
  constexpr std::int64_t least_free = 2LL << 30;
  const bool nearly_full =
      *facts.disk_free_bytes < least_free || *facts.disk_free_bytes < *facts.disk_size_bytes / 20;
  return check(!nearly_full, format_size(*facts.disk_free_bytes) + " free on disk",
               "the disk is nearly full: " + format_size(*facts.disk_free_bytes) + " free of " +
                   format_size(*facts.disk_size_bytes),
               "cai clean --workspaces");
}

}  // namespace

std::vector<const ObservedContainer*> orphans_of(const Inventory& inventory) {
  std::vector<const ObservedContainer*> found;
  for (const auto& container : inventory.containers) {
    if (label_or_empty(container.labels, label::managed) != "true") continue;
    const auto owner = owner_of(container.labels, inventory.instance);
    if (owner == Owner::other) continue;
    const auto kind = kind_of(container.labels);
    const bool unknown_workspace = kind == ItemKind::workspace && inventory.row_of(container) == nullptr;
    const bool left_running = is_ephemeral(kind) && container.state == ContainerState::running &&
                              !inventory.attended.contains(container.id) &&
                              label_or_empty(container.labels, label::keep) != "true" &&
                              label_or_empty(container.labels, label::persistent) != "true";
    if (owner == Owner::nobody || unknown_workspace || left_running) found.push_back(&container);
  }
  return found;
}

std::vector<HealthLine> judge_health(const Inventory& inventory, const HealthFacts& facts) {
  const auto clean = find_for_clean(inventory, {});
  return {ended_runs(clean),  old_workspaces(inventory, facts),
          orphans(inventory), images(clean),
          behind(facts),      ports(inventory),
          disk(facts)};
}

}  // namespace cai
