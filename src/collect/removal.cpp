#include "cai/collect/removal.hpp"

#include <algorithm>
#include <optional>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/process_identity.hpp"
#include "cai/base/text.hpp"
#include "cai/converge/rows.hpp"
#include "cai/run/record.hpp"

namespace cai {
namespace {

using Outcome = Removal::Outcome;

/// Somebody who works on the workspace needs its container: they are not waited for any longer.
constexpr int lock_milliseconds = 2'000;

Removal spared(std::string why) {
  return {Outcome::spared, std::move(why)};
}

/// `refusal`: what it means that the engine refused.
Removal removal_of(cai::Outcome outcome, std::string refusal) {
  switch (outcome) {
    case cai::Outcome::done:
      return {Outcome::removed, ""};
    case cai::Outcome::unchanged:
    case cai::Outcome::missing:
      return {Outcome::gone, ""};
    case cai::Outcome::conflict:
      break;
  }
  return spared(std::move(refusal));
}

/// The workspace whose container this is; nullopt: it is nobody's whom the store knows.
std::optional<WorkspaceRow> workspace_of(const Workshop& shop, const ObservedContainer& container) {
  if (owner_of(container.labels, shop.instance) != Owner::ours) return std::nullopt;
  return shop.store.find(WorkspaceId{label_or_empty(container.labels, label::workspace_id)});
}

Verdict judge_now(const Workshop& shop, const ContainerDetails& details, const Terms& terms, Timestamp now) {
  Inventory inventory;
  inventory.instance = shop.instance;
  inventory.now = now;
  inventory.rows = rows_by_id(shop.store);
  if (details.finished) inventory.finished[details.container.id] = *details.finished;
  if (is_attended(details.container, this_process_identity()))
    inventory.attended.insert(details.container.id);
  return judge_container(details.container, inventory, terms);
}

/// The wish follows what was done, so that nobody makes the container anew without being asked.
void forget_container(Workshop& shop, const WorkspaceRow& row, const ObservedContainer& container) {
  if (label_or_empty(container.labels, label::generation) != std::to_string(row.generation)) return;
  shop.store.set_wanted(row.id, Wanted::absent);
  shop.files.remove_entry(row.name, row.id);
}

Removal remove_container(Workshop& shop, const Item& item, const Terms& terms, const Clock& clock) {
  const ContainerId id{item.id};
  auto details = shop.engine.inspect_container(id.value);
  if (!details) return {Outcome::gone, ""};
  const auto row = workspace_of(shop, details->container);
  std::optional<FileLock> turn;
  if (row) {
    try {
      turn = FileLock::acquire(workspace_lock_file(shop.paths, row->key), lock_milliseconds, [] {});
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::busy) throw;
      return spared("another cai works on it");
    }
    details = shop.engine.inspect_container(id.value);
    if (!details) return {Outcome::gone, ""};
  }
  const auto verdict = judge_now(shop, *details, terms, shop.engine.time().value_or(clock.now()));
  if (verdict != Verdict::collect) return spared(std::string(to_string(verdict)));
  auto removal = removal_of(shop.engine.remove_container(id), "the engine refused: started meanwhile?");
  if (row && removal.outcome == Outcome::removed) forget_container(shop, *row, details->container);
  return removal;
}

/// An image with two tags is untagged without a word even while a container uses it: so we look ourselves.
Removal remove_image(Workshop& shop, const Item& item) {
  const auto image = shop.engine.inspect_image(item.name);
  if (!image) return {Outcome::gone, ""};
  if (image->id != item.id) return spared("another image has the name now");
  for (const auto& container : shop.engine.list_containers({.labels = {}, .states = {}})) {
    if (container.image_id == item.id) return spared("a container uses it");
  }
  return removal_of(shop.engine.remove_image(item.name), "something is built on it or uses it");
}

Removal remove_volume(Workshop& shop, const EngineId& engine, const Item& item) {
  ensure_directory(shop.paths.locks());
  const auto lock = FileLock::try_acquire(former_volume_lock_file(shop.paths, item.id));
  if (!lock) return spared("another cai is about to use it");
  const auto former = shop.store.former_volumes();
  if (std::ranges::find(former, item.id, &FormerVolume::volume) == former.end()) {
    return spared("a workspace uses it again");
  }
  const auto volume = shop.engine.inspect_volume(item.id);
  if (volume && owner_of(volume->labels, shop.instance) != Owner::ours) {
    return spared("another volume has the name now");
  }
  auto removal = removal_of(shop.engine.remove_volume(item.id), "a container uses it");
  if (removal.outcome != Outcome::spared) shop.store.forget_former_volume(engine, item.id);
  return removal;
}

/// The engine counts running members only; a stopped container needs its network when it starts again.
Removal remove_network(Workshop& shop, const Item& item) {
  for (const auto& container : shop.engine.list_containers({.labels = {}, .states = {}})) {
    if (std::ranges::find(container.networks, item.name) != container.networks.end()) {
      return spared("a container is attached to it");
    }
  }
  return removal_of(shop.engine.remove_network(item.id), "a container is attached to it");
}

Removal remove_record(Workshop& shop, const Item& item) {
  const RunId id{item.id};
  remove_run_output(shop.paths, id);
  shop.store.forget_run(id);
  return {Outcome::removed, ""};
}

}  // namespace

Removal remove_item(Workshop& shop, const EngineId& engine, const Item& item, const Terms& terms,
                    const Clock& clock) {
  switch (item.kind) {
    case ItemKind::workspace:
    case ItemKind::run:
    case ItemKind::box:
    case ItemKind::container:
      return remove_container(shop, item, terms, clock);
    case ItemKind::image:
      return remove_image(shop, item);
    case ItemKind::volume:
      return remove_volume(shop, engine, item);
    case ItemKind::network:
      return remove_network(shop, item);
    case ItemKind::record:
      return remove_record(shop, item);
  }
  return {};
}

}  // namespace cai
