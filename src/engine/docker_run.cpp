#include <fmt/format.h>

#include <algorithm>

#include "engine/container_calls.hpp"
#include "engine/docker_engine.hpp"
#include "engine/exec_pump.hpp"
#include "engine/failures.hpp"
#include "engine/fields.hpp"
#include "engine/translate.hpp"

namespace cai {
namespace {

std::string brief(const ContainerId& id) {
  return id.value.substr(0, 12);
}

class DockerStream final : public ContainerStream {
 public:
  DockerStream(UpgradedStream stream, const AttachRequest& request, Endpoint endpoint)
      : pump_(std::move(stream), request.streams.input, {.descriptor = request.streams.output},
              {.descriptor = request.streams.error}, {.framed = !request.terminal, .tap = request.tap}),
        endpoint_(std::move(endpoint)) {}

  bool pump(const std::function<bool()>& should_stop) override {
    return pump_.run(should_stop, Deadline::never(), endpoint_) == PumpResult::ended;
  }

 private:
  ExecPump pump_;
  Endpoint endpoint_;
};

}  // namespace

std::unique_ptr<ContainerStream> DockerEngine::attach_container(const ContainerId& id,
                                                                const AttachRequest& request) {
  const int input = request.streams.input >= 0 ? 1 : 0;
  const auto path = container_path(id, fmt::format("/attach?stream=1&stdin={}&stdout=1&stderr=1", input));
  auto upgraded = api_.upgrade(path, deadlines_.change, {});
  if (upgraded.response.status == 404) return nullptr;
  if (!upgraded.stream) {
    throw_refusal(upgraded.response, fmt::format("attaching to container {}", brief(id)));
  }
  return std::make_unique<DockerStream>(std::move(*upgraded.stream), request, api_.endpoint());
}

std::optional<int> DockerEngine::wait_container(const ContainerId& id) {
  const HttpResponse response = api_.post_and_wait(container_path(id, "/wait"));
  if (response.status == 404) return std::nullopt;
  if (response.status != 200) throw_refusal(response, fmt::format("waiting for container {}", brief(id)));
  const Json value = parse_object(response.body, "the end of a container");
  const Json* code = field(&value, "StatusCode");
  if (code == nullptr || !code->is_number_integer()) throw answer_rubbish("has no exit code of a container");
  return static_cast<int>(integer_field(&value, "StatusCode") & 255);
}

Outcome DockerEngine::kill_container(const ContainerId& id, const std::string& signal) {
  const auto path = container_path(id, "/kill?signal=" + url_encode(signal));
  const HttpResponse response = api_.post(path, deadlines_.change);
  // Older engines say "Cannot kill container ...: Container ... is not running" with 409 or 500.
  if (response.status >= 400 && says(engine_message(response.body), "is not running"))
    return Outcome::conflict;
  return outcome_of(response, fmt::format("signalling container {}", brief(id)));
}

Outcome DockerEngine::resize_container(const ContainerId& id, int rows, int columns) {
  const auto path =
      container_path(id, fmt::format("/resize?h={}&w={}", std::max(rows, 0), std::max(columns, 0)));
  const HttpResponse response = api_.post(path, deadlines_.change);
  if (response.status >= 400 && says(engine_message(response.body), "not running")) return Outcome::conflict;
  return outcome_of(response, fmt::format("resizing the terminal of container {}", brief(id)));
}

}  // namespace cai
