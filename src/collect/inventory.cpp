#include "cai/collect/inventory.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <mutex>
#include <thread>

#include "cai/base/error.hpp"

namespace cai {
namespace {

/// The engine answers an inspection in a millisecond or two; more at once only queue up inside it.
constexpr std::size_t questions_at_once = 4;

const Labels managed = {{label::managed, "true"}};

/// What containers use. Asked on a connection of its own while the engine puts the containers together.
struct Surroundings {
  std::vector<ImageDetails> images;
  std::vector<ObservedVolume> volumes;
  std::vector<ObservedNetwork> networks;
};

Surroundings ask_for_surroundings(const InventoryRequest& request, const Connect& connect) {
  if (!request.images && !request.volumes && !request.networks) return {};
  const auto engine = connect();
  Surroundings found;
  if (request.images) found.images = engine->list_images(true);
  if (request.volumes) found.volumes = engine->list_volumes(managed);
  if (request.networks) found.networks = engine->list_networks(managed);
  return found;
}

/// Where the engine has its data, as one of its own volumes shows; "": none does.
std::string data_directory_of(const std::vector<ObservedVolume>& volumes) {
  for (const auto& volume : volumes) {
    const auto below = "/volumes/" + volume.name + "/_data";
    if (volume.mount_point.ends_with(below))
      return volume.mount_point.substr(0, volume.mount_point.size() - below.size());
  }
  return "";
}

/// From what was told already, because asking costs an engine of a thousand containers a tenth of the time of
/// listing them.
void note_engine(Inventory& inventory, Engine& engine) {
  const auto product = engine.product();
  inventory.data_directory = data_directory_of(inventory.volumes);
  if (product && !inventory.data_directory.empty()) {
    inventory.product = *product;
    return;
  }
  auto information = engine.information();
  inventory.product = std::move(information.product);
  inventory.data_directory = std::move(information.data_directory);
}

}  // namespace

bool is_attended(const ObservedContainer& container, const ProcessIdentity& self) {
  const auto owner = parse_process_identity(label_or_empty(container.labels, label::owner));
  if (!owner) return false;
  const auto liveness = liveness_of(*owner, self);
  return liveness == Liveness::alive ||
         (liveness == Liveness::unknown && container.state == ContainerState::created);
}

std::map<WorkspaceId, WorkspaceRow> rows_by_id(const Store& store) {
  std::map<WorkspaceId, WorkspaceRow> rows;
  for (auto& row : store.workspaces()) {
    auto id = row.id;
    rows.emplace(std::move(id), std::move(row));
  }
  return rows;
}

const WorkspaceRow* Inventory::row_of(const ObservedContainer& container) const {
  if (label_or_empty(container.labels, label::instance) != instance.value) return nullptr;
  const auto found = rows.find(WorkspaceId{label_or_empty(container.labels, label::workspace_id)});
  return found == rows.end() ? nullptr : &found->second;
}

Inventory take_inventory(const InventoryRequest& request, Engine& engine, const Connect& connect,
                         const Store& store, const EngineId& engine_id, const InstanceId& instance,
                         Timestamp now) {
  // First what takes the engine longest, and everything else meanwhile.
  auto containers = std::async(std::launch::async, [&] {
    return engine.list_containers({.labels = request.everybody ? Labels{} : managed, .states = {}});
  });
  Inventory inventory;
  inventory.instance = instance;
  inventory.engine = engine_id;
  inventory.rows = rows_by_id(store);
  inventory.runs = store.runs();
  inventory.former_volumes = store.former_volumes();
  std::erase_if(inventory.former_volumes,
                [&](const FormerVolume& volume) { return volume.engine != engine_id; });
  // The listing is on its way by now: what else the engine does for us must not come before it.
  std::future<std::optional<DiskUsage>> usage;
  if (request.usage) {
    usage = std::async(std::launch::async, [&connect] { return connect()->disk_usage(usage_limit); });
  }
  auto surroundings = std::async(std::launch::async, [&] { return ask_for_surroundings(request, connect); });
  inventory.containers = containers.get();
  inventory.now = engine.time().value_or(now);
  const auto self = this_process_identity();
  for (const auto& container : inventory.containers) {
    if (is_attended(container, self)) inventory.attended.insert(container.id);
  }
  auto beside = surroundings.get();
  inventory.images = std::move(beside.images);
  inventory.volumes = std::move(beside.volumes);
  inventory.networks = std::move(beside.networks);
  if (request.engine) note_engine(inventory, engine);
  if (usage.valid()) inventory.usage = usage.get();
  return inventory;
}

void look_up_finish_times(Inventory& inventory, const std::vector<ContainerId>& containers,
                          const Connect& connect) {
  std::mutex guard;
  std::vector<ContainerId> gone;
  std::atomic<std::size_t> next = 0;
  const auto ask = [&] {
    const auto engine = connect();
    for (std::size_t i = next++; i < containers.size(); i = next++) {
      const auto& id = containers[i];
      try {
        const auto details = engine->inspect_container(id.value);
        const std::scoped_lock lock(guard);
        if (!details) {
          gone.push_back(id);
        } else if (details->finished) {
          inventory.finished[id] = *details->finished;
        } else {
          inventory.not_looked_up[id] = "the engine does not say when it ended";
        }
      } catch (const Error& error) {
        const std::scoped_lock lock(guard);
        inventory.not_looked_up[id] = error.what();
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    const auto count = std::min(questions_at_once, containers.size());
    for (std::size_t i = 0; i < count; ++i) threads.emplace_back(ask);
  }
  std::erase_if(inventory.containers, [&](const ObservedContainer& container) {
    return std::ranges::find(gone, container.id) != gone.end();
  });
}

}  // namespace cai
