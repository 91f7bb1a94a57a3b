// What FakeEngine says of all it has.
#include <algorithm>

#include "support/fake_engine.hpp"

namespace cai {
namespace {

bool carries(const Labels& labels, const Labels& wanted) {
  return std::ranges::all_of(wanted, [&](const auto& each) {
    const auto found = labels.find(each.first);
    return found != labels.end() && (each.second.empty() || found->second == each.second);
  });
}

}  // namespace

std::vector<ObservedVolume> FakeEngine::list_volumes(const Labels& labels) {
  return read("list-volumes", [&] {
    std::vector<ObservedVolume> volumes;
    for (const auto& [name, volume] : world.volumes) {
      if (carries(volume.labels, labels)) volumes.push_back(volume);
    }
    return volumes;
  });
}

std::vector<ImageDetails> FakeEngine::list_images(bool /*intermediate*/) {
  return read("list-images", [&] {
    std::vector<ImageDetails> images;
    for (const auto& [id, image] : world.images) images.push_back(image);
    return images;
  });
}

std::vector<ObservedNetwork> FakeEngine::list_networks(const Labels& labels) {
  return read("list-networks", [&] {
    std::vector<ObservedNetwork> networks;
    for (const auto& [id, network] : world.networks) {
      if (carries(network.labels, labels)) networks.push_back(network);
    }
    return networks;
  });
}

std::optional<DiskUsage> FakeEngine::disk_usage(std::chrono::milliseconds /*limit*/) {
  return read("disk-usage", [&] { return world.disk_usage; });
}

/// Nothing ever happens between two calls.
void FakeEngine::follow_events(const Labels& /*labels*/, const std::function<void()>& /*on_event*/) {
  read("events", [] { return true; });
}

}  // namespace cai
