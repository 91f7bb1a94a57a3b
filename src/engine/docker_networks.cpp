// Networks between containers, and images made of containers.
#include <fmt/format.h>

#include "engine/docker_engine.hpp"
#include "engine/fields.hpp"
#include "engine/request_json.hpp"
#include "engine/translate.hpp"

namespace cai {

std::optional<std::string> DockerEngine::commit_container(const ContainerId& id, const std::string& tag,
                                                          const std::vector<std::string>& changes) {
  const std::size_t colon = tag.rfind(':');
  std::string path = fmt::format("/commit?container={}&repo={}&tag={}&pause=1", url_encode(id.value),
                                 url_encode(tag.substr(0, colon)), url_encode(tag.substr(colon + 1)));
  for (const std::string& change : changes) path += "&changes=" + url_encode(change);
  // A large file system takes its time, and the engine is silent meanwhile.
  const HttpResponse response = api_.post(path, deadlines_.stream_silence);
  if (response.status == 404) return std::nullopt;
  if (response.status >= 300) throw_refusal(response, "making an image of a container");
  const Json image = parse_object(response.body, "a new image");
  return text_field(&image, "Id");
}

std::optional<ObservedNetwork> DockerEngine::inspect_network(const std::string& name) {
  if (name.empty()) return std::nullopt;
  const HttpResponse response = api_.get("/networks/" + url_encode(name), deadlines_.read);
  if (response.status == 404) return std::nullopt;
  if (response.status != 200) throw_refusal(response, fmt::format("looking at network {}", name));
  ObservedNetwork network = network_from(parse_object(response.body, "a network"));
  // Engines also answer to the beginning of an id.
  if (network.name != name) return std::nullopt;
  return network;
}

Outcome DockerEngine::create_network(const std::string& name, const Labels& labels) {
  const HttpResponse response = api_.post("/networks/create", deadlines_.change, network_body(name, labels));
  if (response.status < 300) return Outcome::done;
  if (response.status == 409 || says(engine_message(response.body), "already exists"))
    return Outcome::conflict;
  throw_refusal(response, fmt::format("creating network {}", name));
}

Outcome DockerEngine::remove_network(const std::string& id) {
  if (id.empty()) return Outcome::unchanged;
  const HttpResponse response = api_.remove("/networks/" + url_encode(id), deadlines_.change);
  if (response.status < 300) return Outcome::done;
  if (response.status == 404) return Outcome::unchanged;
  const std::string message = engine_message(response.body);
  if (response.status == 409 || says(message, "active endpoints") || says(message, "being used")) {
    return Outcome::conflict;
  }
  throw_refusal(response, fmt::format("removing network {}", id));
}

}  // namespace cai
