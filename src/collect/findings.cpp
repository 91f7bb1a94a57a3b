#include "cai/collect/findings.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "cai/base/text.hpp"

namespace cai {
namespace {

std::optional<std::int64_t> container_size(const Inventory& inventory, const ContainerId& id) {
  if (!inventory.usage) return std::nullopt;
  const auto found = inventory.usage->containers.find(id);
  return found == inventory.usage->containers.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::int64_t> volume_size(const Inventory& inventory, const std::string& name) {
  if (!inventory.usage) return std::nullopt;
  const auto found = inventory.usage->volumes.find(name);
  return found == inventory.usage->volumes.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::int64_t> image_size(const Inventory& inventory, const ImageDetails& image) {
  if (!inventory.usage) return std::nullopt;
  const auto shared = inventory.usage->images_shared.find(image.id);
  if (shared == inventory.usage->images_shared.end()) return std::nullopt;
  return std::max<std::int64_t>(image.size_bytes - shared->second, 0);
}

std::string why_it_stays(Verdict verdict, const ObservedContainer& container, const Inventory& inventory) {
  const auto problem = inventory.not_looked_up.find(container.id);
  if (verdict == Verdict::age_unknown && problem != inventory.not_looked_up.end()) return problem->second;
  return std::string(to_string(verdict));
}

void add_container(Findings& findings, const ObservedContainer& container, const Inventory& inventory) {
  const auto facts = facts_of(container, inventory);
  findings.items.push_back(
      {.kind = kind_of(container.labels),
       .name = container.name,
       .id = container.id.value,
       .why = container.state == ContainerState::created ? "never started" : container.state_text,
       .age = facts.age ? std::optional(facts.age->least) : std::nullopt,
       .size_bytes = container_size(inventory, container.id)});
}

/// Sorts one container; what only a closer look can decide becomes unsure.
void sort_container(Findings& findings, const ObservedContainer& container, const Inventory& inventory,
                    const Terms& terms) {
  const auto verdict = judge_container(container, inventory, terms);
  if (verdict == Verdict::unmanaged) return;
  if (verdict == Verdict::collect) {
    add_container(findings, container, inventory);
  } else if (verdict == Verdict::age_unknown && !inventory.finished.contains(container.id) &&
             !inventory.not_looked_up.contains(container.id)) {
    findings.unsure.push_back(container.id);
  } else {
    findings.spared.push_back(
        {kind_of(container.labels), container.name, why_it_stays(verdict, container, inventory)});
  }
}

/// One item for each tag of ours: a tag of somebody else's keeps the image.
void add_image(Findings& findings, const ImageDetails& image, const Inventory& inventory,
               const std::string& why) {
  Item item{.kind = ItemKind::image,
            .name = {},
            .id = image.id,
            .why = why,
            .age = age_since(image.created, inventory.now).least,
            .size_bytes = image_size(inventory, image)};
  bool foreign = false;
  for (const auto& tag : image.tags) foreign = foreign || !is_our_image_name(tag);
  for (const auto& tag : image.tags) {
    if (!is_our_image_name(tag)) continue;
    item.name = tag;
    if (foreign) item.size_bytes = 0;
    findings.items.push_back(item);
    item.size_bytes = 0;  // counted once, with the first of its tags
  }
  if (image.tags.empty()) {
    item.name = image.id;
    findings.items.push_back(item);
  }
}

bool has_name_of_ours(const ImageDetails& image) {
  return std::ranges::any_of(image.tags, [](const std::string& tag) { return is_our_image_name(tag); });
}

/// Built here by this installation, or by nobody who says so.
bool is_built_by_us(const ImageDetails& image, const Inventory& inventory) {
  return label_or_empty(image.labels, label::managed) == "true" &&
         owner_of(image.labels, inventory.instance) == Owner::ours;
}

bool is_step_of_a_build(const ImageDetails& image, const std::set<std::string>& parents) {
  return image.tags.empty() && parents.contains(image.id);
}

void find_images(Findings& findings, const Inventory& inventory) {
  const auto used_list = image_ids_in_use(inventory);
  const std::set<std::string> used(used_list.begin(), used_list.end());
  std::set<std::string> parents;
  for (const auto& image : inventory.images) parents.insert(image.parent);
  for (const auto& image : inventory.images) {
    const bool named = has_name_of_ours(image);
    const bool dangling =
        image.tags.empty() && is_built_by_us(image, inventory) && !is_step_of_a_build(image, parents);
    if (!named && !dangling) continue;
    const auto name = named ? image.tags.front() : image.id;
    // Not built from anything that is still there: what was done in the box is nowhere else.
    if (label_or_empty(image.labels, label::image_role) == "snapshot") {
      findings.spared.push_back({ItemKind::image, name, "a snapshot; `cai box delete-snapshot` removes it"});
    } else if (owner_of(image.labels, inventory.instance) == Owner::other) {
      findings.spared.push_back({ItemKind::image, name, std::string(to_string(Verdict::other_installation))});
    } else if (used.contains(image.id)) {
      findings.spared.push_back({ItemKind::image, name, "a container uses it"});
    } else if (std::ranges::any_of(inventory.images, [&](const ImageDetails& other) {
                 return other.parent == image.id && !other.tags.empty();
               })) {
      findings.spared.push_back({ItemKind::image, name, "another image is built on it"});
    } else {
      add_image(findings, image, inventory, named ? "no container uses it" : "has no name any more");
    }
  }
}

/// The time was taken from our clock, which may have been wrong then; no volume is older than the engine
/// says.
std::optional<Timestamp> retired_since(const FormerVolume& former, const ObservedVolume& volume) {
  const auto retired = parse_rfc3339(former.retired_at);
  return retired ? std::optional(std::max(*retired, volume.created)) : std::nullopt;
}

void find_volumes(Findings& findings, const Inventory& inventory, std::chrono::seconds age) {
  for (const auto& former : inventory.former_volumes) {
    const auto volume = std::ranges::find(inventory.volumes, former.volume, &ObservedVolume::name);
    if (volume == inventory.volumes.end()) continue;
    const auto spare = [&](std::string why) {
      findings.spared.push_back({ItemKind::volume, former.volume, std::move(why)});
    };
    const bool is_used = std::ranges::any_of(inventory.containers, [&](const ObservedContainer& container) {
      return std::ranges::find(container.volumes, former.volume) != container.volumes.end();
    });
    const auto retired = retired_since(former, *volume);
    if (owner_of(volume->labels, inventory.instance) != Owner::ours) {
      spare(std::string(to_string(Verdict::other_installation)));
    } else if (is_used) {
      spare("a container uses it");
    } else if (!retired) {
      spare(std::string(to_string(Verdict::age_unknown)));
    } else if (age_since(*retired, inventory.now).least < age) {
      spare(std::string(to_string(Verdict::too_young)));
    } else {
      findings.items.push_back({.kind = ItemKind::volume,
                                .name = former.volume,
                                .id = former.volume,
                                .why = "former data volume of " + former.workspace_name,
                                .age = age_since(*retired, inventory.now).least,
                                .size_bytes = volume_size(inventory, former.volume)});
    }
  }
}

/// A network of a stopped container is needed when it starts again.
void find_networks(Findings& findings, const Inventory& inventory) {
  for (const auto& network : inventory.networks) {
    const bool has_members =
        std::ranges::any_of(inventory.containers, [&](const ObservedContainer& container) {
          return std::ranges::find(container.networks, network.name) != container.networks.end();
        });
    const auto owner = owner_of(network.labels, inventory.instance);
    if (owner == Owner::other) {
      findings.spared.push_back(
          {ItemKind::network, network.name, std::string(to_string(Verdict::other_installation))});
    } else if (has_members) {
      findings.spared.push_back({ItemKind::network, network.name, "a container is attached to it"});
    } else {
      findings.items.push_back({.kind = ItemKind::network,
                                .name = network.name,
                                .id = network.id,
                                .why = "no container is attached to it",
                                .age = std::nullopt,
                                .size_bytes = 0});
    }
  }
}

bool has_container(const RunRow& run, const Inventory& inventory) {
  return std::ranges::any_of(inventory.containers, [&](const ObservedContainer& container) {
    return container.id == run.container || label_or_empty(container.labels, label::run_id) == run.id.value;
  });
}

/// A record of a run that has not ended belongs to a cai that still writes it, or to the sweep.
void find_records(Findings& findings, const Inventory& inventory, std::chrono::seconds age) {
  for (const auto& run : inventory.runs) {
    const auto finished = parse_rfc3339(run.finished_at);
    if (!finished || run.engine != inventory.engine || has_container(run, inventory)) continue;
    const auto since = age_since(*finished, inventory.now).least;
    if (since < age) {
      findings.spared.push_back({ItemKind::record, run.id.value, std::string(to_string(Verdict::too_young))});
    } else {
      findings.items.push_back({.kind = ItemKind::record,
                                .name = run.id.value,
                                .id = run.id.value,
                                .why = "output of an ended run",
                                .age = since,
                                .size_bytes = 0});
    }
  }
}

void sort_by_kind_and_name(Findings& findings) {
  const auto kind_and_name = [](const auto& each) {
    return std::pair(each.kind, std::string_view(each.name));
  };
  std::ranges::stable_sort(findings.items, {}, kind_and_name);
  std::ranges::stable_sort(findings.spared, {}, kind_and_name);
}

}  // namespace

std::string_view to_string(ItemKind kind) {
  switch (kind) {
    case ItemKind::workspace:
      return "workspace";
    case ItemKind::run:
      return "run";
    case ItemKind::box:
      return "box";
    case ItemKind::container:
      return "container";
    case ItemKind::image:
      return "image";
    case ItemKind::volume:
      return "volume";
    case ItemKind::network:
      return "network";
    case ItemKind::record:
      return "record";
  }
  return "unknown";
}

ItemKind kind_of(const Labels& labels) {
  const auto& kind = label_or_empty(labels, label::kind);
  if (kind == "workspace") return ItemKind::workspace;
  if (kind == "run") return ItemKind::run;
  if (kind == "box") return ItemKind::box;
  return ItemKind::container;
}

bool is_our_image_name(std::string_view tag) {
  return tag.starts_with("containai:") || tag.starts_with("ghcr.io/containai/");
}

ContainerFacts facts_of(const ObservedContainer& container, const Inventory& inventory) {
  ContainerFacts facts;
  facts.managed = label_or_empty(container.labels, label::managed) == "true";
  facts.owner = owner_of(container.labels, inventory.instance);
  facts.state = container.state;
  const auto* row = inventory.row_of(container);
  facts.kept = label_or_empty(container.labels, label::keep) == "true" || (row != nullptr && row->keep);
  facts.attended = inventory.attended.contains(container.id);
  const auto finished = inventory.finished.find(container.id);
  if (container.state == ContainerState::created) {
    facts.age = age_since(container.created, inventory.now);
  } else if (finished != inventory.finished.end()) {
    facts.age = age_since(finished->second, inventory.now);
  } else {
    facts.age = age_from_status(container.status_text);
  }
  return facts;
}

bool is_ephemeral(ItemKind kind) {
  return kind == ItemKind::run || kind == ItemKind::box;
}

Verdict judge_container(const ObservedContainer& container, const Inventory& inventory, const Terms& terms) {
  auto facts = facts_of(container, inventory);
  if (terms.kept_runs && is_ephemeral(kind_of(container.labels))) facts.kept = false;
  return judge(facts, terms.age);
}

std::vector<std::string> image_ids_in_use(const Inventory& inventory) {
  std::map<std::string, const ImageDetails*> by_id;
  for (const auto& image : inventory.images) by_id[image.id] = &image;
  std::set<std::string> used;
  for (const auto& container : inventory.containers) {
    for (auto id = container.image_id; !id.empty() && used.insert(id).second;) {
      const auto image = by_id.find(id);
      id = image == by_id.end() ? std::string() : image->second->parent;
    }
  }
  return {used.begin(), used.end()};
}

Findings find_for_gc(const Inventory& inventory, const GcRequest& request) {
  Findings findings;
  for (const auto& container : inventory.containers)
    sort_container(findings, container, inventory, {.age = request.age});
  if (request.images) find_images(findings, inventory);
  if (request.volumes) find_volumes(findings, inventory, request.age);
  find_records(findings, inventory, request.age);
  sort_by_kind_and_name(findings);
  return findings;
}

Findings find_for_clean(const Inventory& inventory, const CleanRequest& request) {
  Findings findings;
  for (const auto& container : inventory.containers) {
    const auto kind = kind_of(container.labels);
    const Terms terms{.kept_runs = true};
    const bool asked_for = is_ephemeral(kind) || request.workspaces;
    if (!asked_for && judge_container(container, inventory, terms) == Verdict::collect) {
      findings.spared.push_back({kind, container.name, "stopped; --workspaces removes it"});
    } else {
      sort_container(findings, container, inventory, terms);
    }
  }
  find_images(findings, inventory);
  find_networks(findings, inventory);
  find_records(findings, inventory, request.record_age);
  sort_by_kind_and_name(findings);
  return findings;
}

}  // namespace cai
