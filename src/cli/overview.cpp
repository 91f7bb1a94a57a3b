#include "cli/overview.hpp"

#include <fmt/format.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "cai/base/text.hpp"

namespace cai {
namespace {

bool is_of_cai(const ImageDetails& image) {
  return label_or_empty(image.labels, label::managed) == "true" ||
         std::ranges::any_of(image.tags, [](const std::string& tag) { return is_our_image_name(tag); });
}

using Users = std::map<std::string_view, std::vector<std::string>>;

/// Of each image that has any, the names of its containers.
Users users_by_image(const Inventory& inventory) {
  Users users;
  for (const auto& container : inventory.containers) users[container.image_id].push_back(container.name);
  for (auto& [image, names] : users) std::ranges::sort(names);
  return users;
}

/// The images that ours are built on, directly or not.
std::set<std::string> bases_of_ours(const Inventory& inventory) {
  std::set<std::string> bases;
  for (const auto& image : inventory.images) {
    if (image.tags.empty() || !is_of_cai(image)) continue;
    for (auto parent = image.parent; !parent.empty() && bases.insert(parent).second;) {
      const auto found = std::ranges::find(inventory.images, parent, &ImageDetails::id);
      parent = found == inventory.images.end() ? std::string() : found->parent;
    }
  }
  return bases;
}

/// The smaller of the rooms that our state and a local engine's data have.
void note_disk(App& app, const std::string& data_directory, HealthFacts& facts) {
  std::vector<std::string> places = {app.paths().state.string()};
  if (app.endpoint().kind == Endpoint::Kind::unix_socket) places.push_back(data_directory);
  for (const auto& place : places) {
    struct statvfs figures = {};
    if (place.empty() || statvfs(place.c_str(), &figures) != 0) continue;
    const auto block = static_cast<std::int64_t>(figures.f_frsize);
    const auto free = static_cast<std::int64_t>(figures.f_bavail) * block;
    if (facts.disk_free_bytes && *facts.disk_free_bytes <= free) continue;
    facts.disk_free_bytes = free;
    facts.disk_size_bytes = static_cast<std::int64_t>(figures.f_blocks) * block;
  }
}

HealthFacts health_facts(App& app, const Overview& overview) {
  HealthFacts facts;
  for (const auto& view : overview.workspaces) {
    if (!view.behind.empty()) facts.behind.push_back(view.row.name);
  }
  facts.gc_age = app.user_settings().text("gc.age");
  facts.gc_age_seconds = parse_age(facts.gc_age).value_or(std::chrono::hours(24 * 30));
  note_disk(app, overview.inventory.data_directory, facts);
  return facts;
}

}  // namespace

std::vector<ImageView> view_images(const Inventory& inventory) {
  const auto bases = bases_of_ours(inventory);
  auto users = users_by_image(inventory);
  std::vector<ImageView> views;
  for (const auto& image : inventory.images) {
    const bool is_base = bases.contains(image.id);
    // The steps of a build are images as well, and nobody's business.
    const bool is_step = image.tags.empty() && is_base;
    if (is_step || (!is_of_cai(image) && !is_base)) continue;
    views.push_back({.image = image, .used_by = std::move(users[image.id]), .is_base = is_base});
  }
  std::ranges::sort(views, std::greater<>(), [](const ImageView& view) { return view.image.created; });
  return views;
}

Overview take_overview(App& app, bool without_disk) {
  auto& store = app.store(Store::Mode::read_only);
  const auto connect = app.connect();
  Overview overview;
  overview.endpoint = fmt::format("{} ({})", app.endpoint().url(), app.endpoint().reason);
  const InventoryRequest request{.everybody = true,
                                 .images = true,
                                 .volumes = true,
                                 .networks = false,
                                 .engine = true,
                                 .usage = !without_disk};
  overview.inventory =
      take_inventory(request, app.engine(), connect, store, app.remembered_engine().value_or(EngineId{}),
                     app.instance_for_reading(), app.clock().now());
  const auto& inventory = overview.inventory;
  overview.workspaces = survey(app, inventory.containers);
  for (const auto& container : inventory.containers) {
    if (label_or_empty(container.labels, label::managed) != "true") continue;
    const auto owner = owner_of(container.labels, inventory.instance);
    if (owner == Owner::other) {
      ++overview.foreign;
    } else if (kind_of(container.labels) != ItemKind::workspace) {
      overview.runs.push_back(&container);
    }
  }
  overview.images = view_images(inventory);
  overview.health = judge_health(inventory, health_facts(app, overview));
  return overview;
}

}  // namespace cai
