#include "cli/volume_filling.hpp"

#include "cai/converge/rows.hpp"

namespace cai {
namespace {

void clear_leftovers(App& app, Workshop& shop, const std::filesystem::path& filling) {
  const auto in_service = [&](const std::string& volume) {
    for (const auto& row : shop.store.workspaces()) {
      if (row.volume == volume) return true;
    }
    for (const auto& former : shop.store.former_volumes()) {
      if (former.volume == volume) return true;
    }
    return false;
  };
  for (const auto& volume : remove_half_filled(shop.engine, filling, in_service)) {
    app.console().notice("removed " + volume + ", which an interrupted import had left half filled");
  }
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

std::filesystem::path prepare_filling(App& app, Workshop& shop) {
  const auto filling = app.paths().state / "filling";
  ensure_directory(filling);
  clear_leftovers(app, shop, filling);
  return filling;
}

}  // namespace cai
