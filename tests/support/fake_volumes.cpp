#include <algorithm>

#include "support/fake_engine.hpp"

namespace cai {
namespace {

bool mounts_volume(const FakeContainer& container, const std::string& volume) {
  return std::ranges::any_of(container.details.volume_mounts,
                             [&](const auto& mount) { return mount.second == volume; });
}

}  // namespace

// ----------------------------------------------------------------------------------------------------------

std::optional<ObservedVolume> FakeEngine::inspect_volume(const std::string& name) {
  return read("inspect-volume " + name, [&]() -> std::optional<ObservedVolume> {
    const auto found = world.volumes.find(name);
    if (found == world.volumes.end()) return std::nullopt;
    return found->second;
  });
}

ObservedVolume FakeEngine::create_volume(const std::string& name, const Labels& labels) {
  const auto effect = [&] {
    require_object_name("volume", name);
    return world.volumes.try_emplace(name, ObservedVolume{name, labels}).first->second;
  };
  return change("create-volume " + name, effect, [&]() -> ObservedVolume { raise(Fault::conflict); });
}

Outcome FakeEngine::remove_volume(const std::string& name) {
  const auto effect = [&] {
    if (!world.volumes.contains(name)) return Outcome::unchanged;
    const bool used = std::ranges::any_of(
        world.containers, [&](const auto& entry) { return mounts_volume(entry.second, name); });
    if (used) return Outcome::conflict;
    world.volumes.erase(name);
    return Outcome::done;
  };
  return change("remove-volume " + name, effect, [] { return Outcome::conflict; });
}

}  // namespace cai
