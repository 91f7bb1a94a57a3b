#include <fmt/format.h>
#include <poll.h>

#include <algorithm>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "engine/docker_engine.hpp"
#include "engine/exec_pump.hpp"
#include "engine/failures.hpp"
#include "engine/fields.hpp"
#include "engine/request_json.hpp"
#include "engine/translate.hpp"

namespace cai {
namespace {

constexpr std::size_t capture_limit = 1U << 20U;
constexpr int stopped_exit_code = 130;

bool means_not_running(const HttpResponse& response) {
  return response.status == 404 || response.status == 409 ||
         (response.status == 500 && says(engine_message(response.body), "container state improper"));
}

std::chrono::milliseconds shorter(std::chrono::milliseconds limit, Deadline deadline) {
  return std::min(limit, deadline.remaining());
}

Error still_running(const std::vector<std::string>& command) {
  const std::string program = command.empty() ? std::string() : escape_for_terminal(command.front());
  return {ErrorKind::engine_unreachable, fmt::format("{} did not end in time inside the container", program)};
}

}  // namespace

std::optional<DockerEngine::StartedExec> DockerEngine::start_exec(const ContainerId& id,
                                                                  const ExecRequest& request, bool with_input,
                                                                  Deadline deadline) {
  const std::string body = exec_body(request, with_input);
  const std::string path = fmt::format("/containers/{}/exec", url_encode(id.value));
  const HttpResponse created = api_.post(path, shorter(deadlines_.change, deadline), body);
  if (means_not_running(created)) return std::nullopt;
  if (created.status >= 300) throw_refusal(created, "preparing a command in a container");
  std::string exec = engine_id_from(parse_object(created.body, "a new command"), "Id");

  UpgradeResult started =
      api_.upgrade(fmt::format("/exec/{}/start", exec), shorter(deadlines_.change, deadline),
                   R"({"Detach":false,"Tty":false})");
  if (means_not_running(started.response)) return std::nullopt;
  if (!started.stream) throw_refusal(started.response, "starting a command in a container");
  return StartedExec{.id = std::move(exec), .stream = std::move(*started.stream)};
}

/// The stream ends a moment before the engine has the exit code, or long before when the command closed its
/// output.
std::optional<int> DockerEngine::exit_code_of(const std::string& exec,
                                              const std::function<bool()>& should_stop, Deadline deadline) {
  const std::string path = fmt::format("/exec/{}/json", exec);
  int pause = 1;
  while (true) {
    const HttpResponse response = api_.get(path, deadlines_.read);
    if (response.status != 200) throw_refusal(response, "asking how a command in a container ended");
    const Json value = parse_object(response.body, "a command");
    if (!flag_field(&value, "Running")) {
      const Json* code = field(&value, "ExitCode");
      if (code == nullptr || !code->is_number_integer())
        throw answer_rubbish("has no exit code of a command");
      return static_cast<int>(integer_field(&value, "ExitCode") & 255);
    }
    if (should_stop && should_stop()) return stopped_exit_code;
    if (deadline.expired()) return std::nullopt;
    ::poll(nullptr, 0, pause);
    pause = std::min(pause * 2, 100);
  }
}

std::optional<ExecResult> DockerEngine::execute(const ContainerId& id, const ExecRequest& request,
                                                Deadline deadline) {
  auto started = start_exec(id, request, false, deadline);
  if (!started) return std::nullopt;
  ExecResult result;
  ExecPump pump(std::move(started->stream), -1,
                {.capture = &result.standard_output, .capture_limit = capture_limit},
                {.capture = &result.standard_error, .capture_limit = capture_limit});
  const PumpResult pumped = pump.run(api_.bounds().interrupted, deadline, api_.endpoint());
  if (pumped == PumpResult::stopped) throw Error(ErrorKind::interrupted, "interrupted");
  if (pumped == PumpResult::timed_out) throw still_running(request.command);
  const auto code = exit_code_of(started->id, {}, deadline);
  if (!code) throw still_running(request.command);
  result.exit_code = *code;
  return result;
}

std::optional<int> DockerEngine::execute_streaming(const ContainerId& id, const ExecRequest& request,
                                                   const ExecStreams& streams,
                                                   const std::function<bool()>& should_stop) {
  auto started = start_exec(id, request, streams.input >= 0, Deadline::never());
  if (!started) return std::nullopt;
  ExecPump pump(std::move(started->stream), streams.input, {.descriptor = streams.output},
                {.descriptor = streams.error});
  const PumpResult pumped = pump.run(should_stop, Deadline::never(), api_.endpoint());
  if (pumped == PumpResult::stopped) return stopped_exit_code;
  return exit_code_of(started->id, should_stop, Deadline::never());
}

}  // namespace cai
