#include "cli/volume_filling.hpp"

#include <algorithm>

#include "cai/converge/rows.hpp"
#include "cai/data/full_disk.hpp"
#include "cai/data/volume_layout.hpp"

namespace cai {
namespace {

bool is_in_service(const Store& store, const std::string& volume) {
  return std::ranges::any_of(store.workspaces(), [&](const auto& row) { return row.volume == volume; }) ||
         std::ranges::any_of(store.former_volumes(),
                             [&](const auto& former) { return former.volume == volume; });
}

}  // namespace

WorkspaceRow row_to_fill(Workshop& shop, const EngineId& engine, const Target& target) {
  if (auto row = shop.store.find(engine, target.key)) return *row;
  auto row = find_or_make_row(shop, {.engine = engine,
                                     .key = target.key,
                                     .repository = target.subject.location.repository_name,
                                     .volume = std::nullopt,
                                     .choices = {},
                                     .keep = target.subject.settings.boolean("keep")});
  const auto container = shop.engine.inspect_container(row.name);
  if (!container) {
    shop.store.set_wanted(row.id, Wanted::stopped);
    row.wanted = Wanted::stopped;
  }
  return row;
}

void fill_new_volume(Engine& engine, const VolumeHelper& helper, const ArchiveSource& source,
                     const std::function<bool()>& should_stop) {
  try {
    if (engine.write_archive(helper.id(), volume_mount_point, source, should_stop) == Outcome::done) return;
  } catch (const Error& error) {
    if (!says_no_space(error.what())) throw;
    throw Error(ErrorKind::failed,
                "the disk of the container engine is full: the new data volume has no room for all of it")
        .hint("nothing was changed; make room there (`cai status --all` and `cai gc` help) and try again");
  }
  throw Error(ErrorKind::failed, "the container engine cannot find the new volume in the helper container");
}

std::filesystem::path filling_marks(const Paths& paths) {
  return paths.state / "filling";
}

bool has_killed_transfers(const Paths& paths) {
  return has_abandoned_marks(filling_marks(paths)) || has_abandoned_marks(helper_marks(paths.locks()));
}

void clear_killed_transfers(App& app, Engine& engine, const InstanceId& instance, const Store& store) {
  // The helpers first: a volume that one of them holds cannot be removed, and an engine that is still making
  // one makes its volume too.
  if (!remove_marked_helpers(engine, instance, app.paths().locks())) return;
  const auto in_service = [&](const std::string& volume) { return is_in_service(store, volume); };
  for (const auto& volume : remove_half_filled(engine, filling_marks(app.paths()), in_service)) {
    app.console().notice("removed " + volume + ", which an interrupted import had left half filled");
  }
}

}  // namespace cai
