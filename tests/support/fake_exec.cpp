#include <fmt/format.h>

#include <algorithm>

#include "cai/base/text.hpp"
#include "support/descriptor.hpp"
#include "support/fake_engine.hpp"

namespace cai {
namespace {

constexpr std::size_t capture_limit = 1U << 20U;

}  // namespace

// -------------------------------------------------------------------------------------------------------------

std::optional<ExecResult> FakeEngine::execute(const ContainerId& id, const ExecRequest& request,
                                              Deadline /*deadline*/) {
  const auto text = fmt::format("exec {} {}", brief(id.value), join(request.command, " "));
  return read(text, [&]() -> std::optional<ExecResult> {
    const auto* container = world.find_container(id.value);
    if (container == nullptr || container->details.container.state != ContainerState::running)
      return std::nullopt;
    if (!exec_handler) return ExecResult{};
    ExecResult result = exec_handler(*container, request, "");
    result.standard_output.resize(std::min(result.standard_output.size(), capture_limit));
    result.standard_error.resize(std::min(result.standard_error.size(), capture_limit));
    return result;
  });
}

std::optional<int> FakeEngine::execute_streaming(const ContainerId& id, const ExecRequest& request,
                                                 const ExecStreams& streams,
                                                 const std::function<bool()>& should_stop) {
  const auto text = fmt::format("exec-streaming {} {}", brief(id.value), join(request.command, " "));
  return read(text, [&]() -> std::optional<int> {
    const auto* container = world.find_container(id.value);
    if (container == nullptr || container->details.container.state != ContainerState::running)
      return std::nullopt;
    if (stream_handler) return stream_handler(*container, request, streams, should_stop);
    const std::string input = streams.input < 0 ? "" : read_to_end(streams.input);
    const ExecResult result = exec_handler ? exec_handler(*container, request, input) : ExecResult{};
    if (streams.output >= 0) write_whole(streams.output, result.standard_output);
    if (streams.error >= 0) write_whole(streams.error, result.standard_error);
    return result.exit_code;
  });
}

}  // namespace cai
