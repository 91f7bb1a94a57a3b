// Networks, and images made of containers, as far as FakeEngine has them.
#include <algorithm>

#include "cai/base/text.hpp"
#include "support/fake_engine.hpp"

namespace cai {

std::optional<std::string> FakeEngine::commit_container(const ContainerId& id, const std::string& tag,
                                                        const std::vector<std::string>& changes) {
  const auto effect = [&]() -> std::optional<std::string> {
    const auto* container = world.find_container(id.value);
    if (container == nullptr) return std::nullopt;
    ImageDetails image;
    image.id = "sha256:" + sha256_hex(next_id());
    image.labels = container->details.container.labels;
    image.size_bytes = 90'000'000;
    image.created = clock->now();
    for (const auto& change : changes) {
      const auto equals = change.find('=');
      if (!change.starts_with("LABEL ") || equals == std::string::npos) continue;
      std::string value = change.substr(equals + 1);
      std::erase(value, '"');
      image.labels[change.substr(6, equals - 6)] = value;
    }
    const std::string made = image.id;
    world.images.emplace(made, std::move(image));
    tag_image(made, tag);
    return made;
  };
  return change("commit " + brief(id.value) + " " + tag, effect,
                [&]() -> std::optional<std::string> { raise(Fault::conflict); });
}

std::optional<ObservedNetwork> FakeEngine::inspect_network(const std::string& name) {
  return read("inspect-network " + name, [&]() -> std::optional<ObservedNetwork> {
    const auto found = world.networks.find(name);
    if (found == world.networks.end()) return std::nullopt;
    ObservedNetwork network = found->second;
    for (const auto& [id, container] : world.containers) {
      const bool running = container.details.container.state == ContainerState::running;
      if (running && container.request.network == name)
        network.members.push_back(container.details.container.name);
    }
    return network;
  });
}

Outcome FakeEngine::create_network(const std::string& name, const Labels& labels) {
  const auto effect = [&] {
    require_object_name("network", name);
    if (world.networks.contains(name)) return Outcome::conflict;
    world.networks[name] = {next_id(), name, labels, {}};
    return Outcome::done;
  };
  return change("create-network " + name, effect, [] { return Outcome::conflict; });
}

Outcome FakeEngine::remove_network(const std::string& id) {
  const auto effect = [&] {
    const auto found =
        std::ranges::find_if(world.networks, [&](const auto& each) { return each.second.id == id; });
    if (found == world.networks.end()) return Outcome::unchanged;
    const bool used = std::ranges::any_of(world.containers, [&](const auto& each) {
      return each.second.request.network == found->first &&
             each.second.details.container.state == ContainerState::running;
    });
    if (used) return Outcome::conflict;
    world.networks.erase(found);
    return Outcome::done;
  };
  return change("remove-network " + brief(id), effect, [] { return Outcome::conflict; });
}

}  // namespace cai
