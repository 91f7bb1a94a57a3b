#include <algorithm>

#include "cai/converge/reconciler.hpp"

namespace cai {

Observed Reconciler::observe(const Desired& desired) const {
  Observed observed;
  observed.containers = shop_.engine.list_containers(
      {.labels = {{label::managed, "true"}, {label::workspace_id, desired.id.value}}, .states = {}});
  if (auto holder = shop_.engine.inspect_container(desired.name)) {
    const auto known = [&](const ObservedContainer& container) {
      return container.id == holder->container.id;
    };
    if (std::ranges::none_of(observed.containers, known)) observed.containers.push_back(holder->container);
  }
  observed.volume = shop_.engine.inspect_volume(desired.specification.volume);
  if (desired.wanted == Wanted::running) {
    observed.image_present = shop_.engine.inspect_image(desired.specification.image).has_value();
  }
  observed.keys_present = shop_.files.keys_present(desired.id);
  return observed;
}

Reconciler::Look Reconciler::look(const WorkspaceRow& row, const WorkspaceOptions& options) const {
  const Desired desired = make_desired(shop_.instance, row, options, shop_.files);
  Look look;
  look.observed = observe(desired);
  // A workspace that is only thought of has no port yet, and so no entry.
  const auto entry =
      row.port == 0 ? SshFiles::EntryState::absent : shop_.files.entry_state(make_ssh_target(row, options));
  look.observed.ssh_entry_current = entry == SshFiles::EntryState::current;
  look.observed.ssh_entry_present = entry != SshFiles::EntryState::absent;
  look.plan = make_plan(desired, look.observed);
  return look;
}

Plan Reconciler::plan(const WorkspaceRow& row, const WorkspaceOptions& options) const {
  return look(row, options).plan;
}

}  // namespace cai
