#pragma once

#include "cai/json/json.hpp"
#include "support/fake_engine.hpp"

// What the fake engine has, in the words of the Docker Engine API 1.41
// (https://docs.docker.com/engine/api/v1.41/), and back. Only the part that cai reads and sends.

namespace cai {

Json information_json(const EngineInformation& information);
/// An entry of GET /containers/json.
Json entry_json(const ObservedContainer& container);
/// GET /containers/{id}/json.
Json container_json(const ContainerDetails& details);
Json volume_json(const ObservedVolume& volume);
Json image_json(const ImageDetails& image);
Json statistics_json(const std::optional<Statistics>& statistics);

ContainerFilter filter_from(const std::string& text);
ContainerRequest container_request_from(const Json& body);
ExecRequest exec_request_from(const Json& body);
Labels labels_from(const Json& object);

}  // namespace cai
