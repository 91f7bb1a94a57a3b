// What there is, how large it is, and what happens to it.
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "cai/base/error.hpp"
#include "cai/base/time.hpp"
#include "engine/docker_engine.hpp"
#include "engine/fields.hpp"
#include "engine/request_json.hpp"
#include "engine/streams.hpp"
#include "engine/translate.hpp"

namespace cai {
namespace {

std::string with_filter(std::string path, const Labels& labels, char separator) {
  const std::string filters = filter_text({.labels = labels, .states = {}});
  if (!filters.empty()) path += fmt::format("{}filters={}", separator, url_encode(filters));
  return path;
}

/// An engine that ignores a filter it does not know must not make strangers look like ours.
bool carries(const Labels& labels, const Labels& wanted) {
  return std::ranges::all_of(wanted, [&](const auto& each) {
    const auto found = labels.find(each.first);
    return found != labels.end() && (each.second.empty() || found->second == each.second);
  });
}

/// Engines count once at a time. Docker 20.10 says so with status 500, others with 409.
bool is_counting_for_others(const HttpResponse& response) {
  return response.status == 409 || says(engine_message(response.body), "operation is already running");
}

}  // namespace

std::vector<ObservedVolume> DockerEngine::list_volumes(const Labels& labels) {
  const HttpResponse response = api_.get(with_filter("/volumes", labels, '?'), deadlines_.read);
  if (response.status != 200) throw_refusal(response, "listing volumes");
  const Json value = parse_object(response.body, "the volumes");
  std::vector<ObservedVolume> volumes;
  // An engine without volumes writes null.
  if (const Json* list = array_field(&value, "Volumes")) {
    for (const Json& entry : *list) volumes.push_back(volume_from(entry));
  }
  std::erase_if(volumes, [&](const ObservedVolume& volume) { return !carries(volume.labels, labels); });
  return volumes;
}

std::vector<ImageDetails> DockerEngine::list_images(bool intermediate) {
  const HttpResponse response =
      api_.get(intermediate ? "/images/json?all=1" : "/images/json", deadlines_.read);
  if (response.status != 200) throw_refusal(response, "listing images");
  std::vector<ImageDetails> images;
  for (const Json& entry : parse_array(response.body, "the images"))
    images.push_back(image_from_entry(entry));
  return images;
}

std::vector<ObservedNetwork> DockerEngine::list_networks(const Labels& labels) {
  const HttpResponse response = api_.get(with_filter("/networks", labels, '?'), deadlines_.read);
  if (response.status != 200) throw_refusal(response, "listing networks");
  std::vector<ObservedNetwork> networks;
  for (const Json& entry : parse_array(response.body, "the networks"))
    networks.push_back(network_from(entry));
  std::erase_if(networks, [&](const ObservedNetwork& network) { return !carries(network.labels, labels); });
  return networks;
}

std::optional<DiskUsage> DockerEngine::disk_usage(std::chrono::milliseconds limit) {
  constexpr std::chrono::milliseconds pause(100);
  const auto deadline = Deadline::in(limit);
  try {
    while (true) {
      const HttpResponse response = api_.get("/system/df", deadline.remaining());
      if (response.status == 200) return disk_usage_from(parse_object(response.body, "what uses the disk"));
      if (!is_counting_for_others(response)) return std::nullopt;
      if (deadline.remaining() <= pause) return std::nullopt;
      std::this_thread::sleep_for(pause);
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::engine_unreachable) throw;
    return std::nullopt;
  }
}

void DockerEngine::follow_events(const Labels& labels, const std::function<void()>& on_event) {
  JsonObjectSplitter objects;
  const BodySink sink = [&](std::string_view piece) {
    objects.feed(piece, [&](const Json&) { on_event(); });
  };
  constexpr std::chrono::hours silence(24 * 365);
  const HttpResponse response = api_.get_stream(with_filter("/events", labels, '?'), {silence}, sink);
  if (response.status != 200) throw_refusal(response, "following the engine's events");
}

}  // namespace cai
