#pragma once

#include <string>

#include "cai/plan/plan.hpp"

namespace cai::test {

/// A wish for myapp-auth, generation 2, with everything in the specification filled in.
inline Desired wish(Wanted wanted = Wanted::running) {
  Desired desired;
  desired.instance = InstanceId{"1111111111111111"};
  desired.id = WorkspaceId{"aaaaaaaaaaaaaaaa"};
  desired.key = {"/home/me/myapp", "feature/auth", ""};
  desired.name = "myapp-auth";
  desired.generation = 2;
  desired.wanted = wanted;
  desired.volume_id = "nonce";
  desired.volume_confirmed = true;
  desired.verified = ContainerId{std::string(64, 'a')};
  auto& wanted_container = desired.specification;
  wanted_container.template_hash = "t1";
  wanted_container.image = "containai:default-t1";
  wanted_container.root = desired.key.root;
  wanted_container.volume = "myapp-auth-data";
  wanted_container.port = 2300;
  wanted_container.keys_directory = "/home/me/.config/containai/keys/hosts/aaaaaaaaaaaaaaaa";
  return desired;
}

inline ContainerId id(char digit) {
  return ContainerId{std::string(64, digit)};
}

/// A container of the wish's workspace.
inline ObservedContainer own(const Desired& desired, char digit, ContainerState state,
                             std::int64_t generation = 2) {
  ObservedContainer container;
  container.id = id(digit);
  container.name = desired.name;
  container.state = state;
  container.state_text = std::string(to_string(state));
  container.labels = {{label::managed, "true"},
                      {label::instance, desired.instance.value},
                      {label::workspace_id, desired.id.value},
                      {label::generation, std::to_string(generation)},
                      {label::spec_hash, specification_hash(desired.specification)},
                      {label::spec, canonical_text(desired.specification)}};
  return container;
}

inline ObservedContainer renamed(ObservedContainer container, std::string name) {
  container.name = std::move(name);
  return container;
}

inline ObservedVolume own_volume(const Desired& desired) {
  return {desired.specification.volume, {{label::volume_id, desired.volume_id}}};
}

/// Everything but the container is as it should be.
inline Observed prepared(const Desired& desired) {
  Observed observed;
  observed.volume = own_volume(desired);
  observed.image_present = true;
  observed.keys_present = true;
  observed.ssh_entry_current = true;
  observed.ssh_entry_present = true;
  return observed;
}

}  // namespace cai::test
