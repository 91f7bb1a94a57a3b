#include <algorithm>

#include "cai/base/error.hpp"
#include "cai/run/sweep.hpp"

namespace cai {
namespace {

bool is_orphan(const ObservedNetwork& network, const InstanceId& instance, const ProcessIdentity& self) {
  const auto owner = parse_process_identity(label_or_empty(network.labels, label::owner));
  return judge(network, instance, owner ? liveness_of(*owner, self) : Liveness::unknown);
}

/// By the names that containers have for it, whatever their state: a stopped one needs it when it starts.
bool is_used(const std::vector<ObservedContainer>& everybody, const std::string& network) {
  return std::ranges::any_of(everybody, [&](const ObservedContainer& container) {
    return std::ranges::find(container.networks, network) != container.networks.end();
  });
}

}  // namespace

bool judge(const ObservedNetwork& network, const InstanceId& instance, Liveness owner) {
  const auto& labels = network.labels;
  return label_or_empty(labels, label::managed) == "true" &&
         label_or_empty(labels, label::kind) == "network" && !instance.empty() &&
         label_or_empty(labels, label::instance) == instance.value && owner == Liveness::dead;
}

int reap_networks(Engine& engine, const InstanceId& instance, const ProcessIdentity& self,
                  Deadline deadline) {
  int count = 0;
  const Labels ours = {{label::managed, "true"}, {label::instance, instance.value}, {label::owner, ""}};
  for (const auto& network : engine.list_networks(ours)) {
    if (deadline.expired()) break;
    if (!is_orphan(network, instance, self)) continue;
    try {
      // What the list said may be over: somebody made another one of this name, or put a container on it.
      const auto now = engine.inspect_network(network.name);
      if (!now || now->id != network.id || !now->members.empty() || !is_orphan(*now, instance, self))
        continue;
      if (is_used(engine.list_containers({.labels = {}, .states = {}}), network.name)) continue;
      count += engine.remove_network(network.id) == Outcome::done ? 1 : 0;
    } catch (const Error&) {
      continue;
    }
  }
  return count;
}

}  // namespace cai
