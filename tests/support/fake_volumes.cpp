#include <algorithm>

#include "support/fake_engine.hpp"

namespace cai {
namespace {

bool mounts_volume(const FakeContainer& container, const std::string& volume) {
  return std::ranges::any_of(container.details.volume_mounts,
                             [&](const auto& mount) { return mount.second == volume; });
}

/// A path inside a container, taken apart.
struct InVolume {
  std::string volume;
  std::string directory;  ///< below the volume's root, with a slash at its end unless empty
  std::string name;       ///< the last component; "." for the directory itself
};

std::optional<InVolume> find_in_volume(const FakeContainer& container, const std::string& path) {
  for (const auto& [target, volume] : container.details.volume_mounts) {
    if (path == target) return InVolume{volume, "", "."};
    if (!path.starts_with(target + "/")) continue;
    const auto below = path.substr(target.size() + 1);
    const auto slash = below.rfind('/');
    const auto directory = slash == std::string::npos ? "" : below.substr(0, slash + 1);
    return InVolume{volume, directory, below.substr(directory.size())};
  }
  return std::nullopt;
}

}  // namespace

bool FakeEngine::read_archive(const ContainerId& id, const std::string& path, const ArchiveSink& sink,
                              const std::function<bool()>& should_stop) {
  return read("read-archive " + brief(id.value), [&] {
    const auto* container = world.find_container(id.value);
    const auto place = container != nullptr ? find_in_volume(*container, path) : std::nullopt;
    if (!place) return false;
    TarFiles entries;
    for (const auto& [file, content] : world.contents[place->volume]) {
      if (!file.starts_with(place->directory)) continue;
      const auto below = file.substr(place->directory.size());
      if (place->name == ".") entries["./" + below] = content;
      if (below == place->name) entries[below] = content;
    }
    if (should_stop()) throw Error(ErrorKind::interrupted, "interrupted");
    sink(make_tar(entries));
    return place->name == "." || !entries.empty();
  });
}

Outcome FakeEngine::write_archive(const ContainerId& id, const std::string& directory,
                                  const ArchiveSource& source, const std::function<bool()>& should_stop) {
  std::string archive;
  for (auto piece = source(); !piece.empty(); piece = source()) {
    if (should_stop()) throw Error(ErrorKind::interrupted, "interrupted");
    archive += piece;
  }
  const auto effect = [&] {
    const auto* container = world.find_container(id.value);
    const auto place = container != nullptr ? find_in_volume(*container, directory + "/.") : std::nullopt;
    if (!place) return Outcome::missing;
    for (const auto& [file, content] : read_tar(archive)) {
      world.contents[place->volume][place->directory + file] = content;
    }
    return Outcome::done;
  };
  return change("write-archive " + brief(id.value), effect, [] { return Outcome::missing; });
}

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
    const auto place = identity.data_directory + "/volumes/" + name + "/_data";
    return world.volumes.try_emplace(name, ObservedVolume{name, labels, clock->now(), place}).first->second;
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
    world.contents.erase(name);
    return Outcome::done;
  };
  return change("remove-volume " + name, effect, [] { return Outcome::conflict; });
}

}  // namespace cai
