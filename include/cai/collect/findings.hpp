#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cai/collect/inventory.hpp"
#include "cai/collect/judge.hpp"

namespace cai {

/// `record`: what is kept of a run whose container is gone.
enum class ItemKind { workspace, run, box, container, image, volume, network, record };
std::string_view to_string(ItemKind kind);

/// One thing that may go.
struct Item {
  ItemKind kind = ItemKind::container;
  std::string name;  ///< of an image: the tag that goes, or its id when it has none
  std::string id;    ///< full; of a volume: its name
  std::string why;   ///< "exited", "never started", "no container uses it", ...
  std::optional<std::chrono::nanoseconds> age;  ///< at least; nullopt: not known
  std::optional<std::int64_t> size_bytes;       ///< of itself, without what it shares; nullopt: not known
};

/// One thing that was looked at and stays.
struct Spared {
  ItemKind kind = ItemKind::container;
  std::string name;
  std::string why;
};

struct Findings {
  std::vector<Item> items;
  std::vector<Spared> spared;
  std::vector<ContainerId> unsure;  ///< look up when these ended, and find again
};

/// What `cai gc` is asked for.
struct GcRequest {
  std::chrono::seconds age{0};
  bool images = false;
  bool volumes = false;
};

/// Under which terms a container may go.
struct Terms {
  std::chrono::seconds age{0};
  /// Keeping a run only means that its own end does not remove it: somebody who asks for it may.
  bool kept_runs = false;
};

/// What `cai clean` is asked for.
struct CleanRequest {
  bool workspaces = false;
  std::chrono::seconds record_age{0};
};

// Pure: what may go, of what the inventory has. PRODUCT.md 6.
Findings find_for_gc(const Inventory& inventory, const GcRequest& request);
Findings find_for_clean(const Inventory& inventory, const CleanRequest& request);

ItemKind kind_of(const Labels& labels);
bool is_ephemeral(ItemKind kind);
ContainerFacts facts_of(const ObservedContainer& container, const Inventory& inventory);
Verdict judge_container(const ObservedContainer& container, const Inventory& inventory, const Terms& terms);

/// Images by id that a container of anybody uses, running or stopped, and the images that those are built on.
std::vector<std::string> image_ids_in_use(const Inventory& inventory);
/// `containai:*` and `ghcr.io/containai/*`: what belongs to cai by its name.
bool is_our_image_name(std::string_view tag);

}  // namespace cai
