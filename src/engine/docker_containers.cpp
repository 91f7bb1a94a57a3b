#include <fmt/format.h>

#include <algorithm>

#include "cai/base/memory.hpp"
#include "engine/container_calls.hpp"
#include "engine/container_list.hpp"
#include "engine/docker_engine.hpp"
#include "engine/failures.hpp"
#include "engine/fields.hpp"
#include "engine/request_json.hpp"
#include "engine/translate.hpp"

namespace cai {
namespace {

bool matches(const ObservedContainer& container, const ContainerFilter& filter) {
  const auto has_label = [&](const auto& wanted) {
    const auto found = container.labels.find(wanted.first);
    return found != container.labels.end() && (wanted.second.empty() || found->second == wanted.second);
  };
  const auto& states = filter.states;
  return std::all_of(filter.labels.begin(), filter.labels.end(), has_label) &&
         (states.empty() || std::find(states.begin(), states.end(), container.state) != states.end());
}

}  // namespace

std::vector<ObservedContainer> DockerEngine::list_containers(const ContainerFilter& filter) {
  std::string path = "/containers/json?all=1";
  const std::string filters = filter_text(filter);
  if (!filters.empty()) path += "&filters=" + url_encode(filters);
  // About what a thousand containers take, and then what is made of them.
  constexpr std::size_t much = 8U << 20U;
  const Patience patience{.limit = deadlines_.read, .meanwhile = [] { ready_memory(much); }};
  HttpResponse response = api_.get(path, patience);
  if (response.status != 200) throw_refusal(response, "listing containers");
  std::vector<ObservedContainer> containers = containers_from(std::move(response.body));
  // An engine that ignores a filter it does not know must not make strangers look like ours.
  std::erase_if(containers, [&](const ObservedContainer& each) { return !matches(each, filter); });
  return containers;
}

std::optional<ContainerDetails> DockerEngine::inspect_container(const std::string& id_or_name) {
  if (id_or_name.empty()) return std::nullopt;
  const HttpResponse response = api_.get("/containers/" + url_encode(id_or_name) + "/json", deadlines_.read);
  if (response.status == 404) return std::nullopt;
  if (response.status != 200) throw_refusal(response, fmt::format("looking at container {}", id_or_name));
  ContainerDetails details = container_from(parse_object(response.body, "a container"));
  // Engines also answer to the beginning of an id, and to a name that looks like somebody else's id.
  const std::string& found = is_full_id(id_or_name) ? details.container.id.value : details.container.name;
  if (found != id_or_name) return std::nullopt;
  return details;
}

CreateResult DockerEngine::create_container(const std::string& name, const ContainerRequest& request) {
  const std::string body = container_body(request, api_.is_podman());
  const HttpResponse response =
      api_.post("/containers/create?name=" + url_encode(name), deadlines_.change, body);
  if (response.status < 300) {
    return {.outcome = Outcome::done,
            .id = {engine_id_from(parse_object(response.body, "a new container"), "Id")},
            .message = {}};
  }
  const std::string message = engine_message(response.body);
  if (response.status == 404) return {.outcome = Outcome::missing, .id = {}, .message = message};
  if (is_conflict(response, message)) return {.outcome = Outcome::conflict, .id = {}, .message = message};
  throw_refusal(response, fmt::format("creating container {}", name));
}

StartResult DockerEngine::start_container(const ContainerId& id) {
  const HttpResponse response = api_.post(container_path(id, "/start"), deadlines_.change);
  if (response.status < 300) return {.outcome = Outcome::done, .message = {}};
  if (response.status == 304) return {.outcome = Outcome::unchanged, .message = {}};
  const std::string message = engine_message(response.body);
  if (response.status == 404) return {.outcome = Outcome::missing, .message = message};
  if (says_one_of(message, {"port is already allocated", "address already in use"})) {
    return {.outcome = Outcome::conflict, .port_taken = true, .message = message};
  }
  if (is_conflict(response, message)) return {.outcome = Outcome::conflict, .message = message};
  throw_refusal(response, fmt::format("starting container {}", id.value.substr(0, 12)));
}

Outcome DockerEngine::stop_container(const ContainerId& id, int grace_seconds) {
  const int grace = std::max(grace_seconds, 0);
  const auto limit = std::chrono::seconds(grace) + deadlines_.stop_extra;
  const HttpResponse response = api_.post(container_path(id, fmt::format("/stop?t={}", grace)), limit);
  return outcome_of(response, fmt::format("stopping container {}", id.value.substr(0, 12)));
}

Outcome DockerEngine::unpause_container(const ContainerId& id) {
  const HttpResponse response = api_.post(container_path(id, "/unpause"), deadlines_.change);
  if (response.status >= 400 && says(engine_message(response.body), "is not paused"))
    return Outcome::conflict;
  return outcome_of(response, fmt::format("unpausing container {}", id.value.substr(0, 12)));
}

Outcome DockerEngine::rename_container(const ContainerId& id, const std::string& name) {
  const std::string path = container_path(id, "/rename?name=" + url_encode(name));
  const HttpResponse response = api_.post(path, deadlines_.change);
  if (response.status >= 400 && says(engine_message(response.body), "same name as its current name")) {
    return Outcome::unchanged;
  }
  return outcome_of(response, fmt::format("renaming container {} to {}", id.value.substr(0, 12), name));
}

Outcome DockerEngine::remove_container(const ContainerId& id) {
  const HttpResponse response = api_.remove(container_path(id, "?force=0&v=0"), deadlines_.change);
  if (response.status == 404) return Outcome::unchanged;
  if (response.status >= 500 && says(engine_message(response.body), "running")) return Outcome::conflict;
  return outcome_of(response, fmt::format("removing container {}", id.value.substr(0, 12)));
}

}  // namespace cai
