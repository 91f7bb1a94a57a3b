#include "engine/docker_engine.hpp"

#include <fmt/format.h>

#include "engine/fields.hpp"
#include "engine/request_json.hpp"
#include "engine/translate.hpp"

namespace cai {

std::unique_ptr<Engine> make_docker_engine(const Endpoint& endpoint, const DockerEngineOptions& options) {
  EngineDeadlines deadlines;
  if (options.answer_limit) deadlines.read = *options.answer_limit;
  return std::make_unique<DockerEngine>(endpoint, options, deadlines);
}

EngineInformation DockerEngine::information() {
  const HttpResponse response = api_.get("/info", deadlines_.read);
  if (response.status != 200) throw_refusal(response, "asking the engine about itself");
  EngineInformation information = information_from(parse_object(response.body, "/info"), api_.is_podman());
  information.product.api_version = api_.version();
  return information;
}

std::optional<EngineProduct> DockerEngine::product() const {
  return product_from(api_.server(), api_.version());
}

std::optional<ObservedVolume> DockerEngine::inspect_volume(const std::string& name) {
  const HttpResponse response = api_.get("/volumes/" + url_encode(name), deadlines_.read);
  if (response.status == 404) return std::nullopt;
  if (response.status != 200) throw_refusal(response, fmt::format("looking at volume {}", name));
  ObservedVolume volume = volume_from(parse_object(response.body, "a volume"));
  // Podman also answers to the beginning of a name.
  if (volume.name != name) return std::nullopt;
  return volume;
}

ObservedVolume DockerEngine::create_volume(const std::string& name, const Labels& labels) {
  const HttpResponse response = api_.post("/volumes/create", deadlines_.change, volume_body(name, labels));
  if (response.status >= 300) throw_refusal(response, fmt::format("creating volume {}", name));
  return volume_from(parse_object(response.body, "a new volume"));
}

Outcome DockerEngine::remove_volume(const std::string& name) {
  const HttpResponse response = api_.remove("/volumes/" + url_encode(name), deadlines_.change);
  if (response.status < 300) return Outcome::done;
  if (response.status == 404) return Outcome::unchanged;
  const bool in_use = response.status == 409 || says(engine_message(response.body), "in use");
  if (in_use) return Outcome::conflict;
  throw_refusal(response, fmt::format("removing volume {}", name));
}

}  // namespace cai
