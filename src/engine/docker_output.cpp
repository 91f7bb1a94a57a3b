#include <fmt/format.h>

#include <algorithm>

#include "engine/container_calls.hpp"
#include "engine/docker_engine.hpp"
#include "engine/failures.hpp"
#include "engine/fields.hpp"
#include "engine/streams.hpp"
#include "engine/translate.hpp"

namespace cai {
namespace {

constexpr std::size_t max_log_bytes = 256U << 10U;

/// Keeps the end: that is where a container says why it stopped.
void append_tail(std::string& text, std::string_view piece) {
  text += piece;
  if (text.size() > 2 * max_log_bytes) text.erase(0, text.size() - max_log_bytes);
}

}  // namespace

/// With a terminal both streams are one and come without frames.
bool DockerEngine::has_terminal(const ContainerId& id) {
  const HttpResponse response = api_.get("/containers/" + url_encode(id.value) + "/json", deadlines_.read);
  if (response.status != 200) throw_refusal(response, "reading the output of a container");
  const Json value = parse_object(response.body, "a container");
  return flag_field(object_field(&value, "Config"), "Tty");
}

std::string DockerEngine::container_logs(const ContainerId& id, int lines) {
  const bool raw = has_terminal(id);
  std::string text;
  FrameDecoder decoder;
  const FrameDecoder::Target target = [&](FrameDecoder::Stream, std::string_view piece) {
    append_tail(text, piece);
  };
  const BodySink sink = [&](std::string_view piece) {
    raw ? append_tail(text, piece) : decoder.feed(piece, target);
  };
  const std::string path =
      fmt::format("/containers/{}/logs?stdout=1&stderr=1&tail={}", url_encode(id.value), std::max(lines, 0));
  const HttpResponse response = api_.get_stream(path, {deadlines_.read}, sink);
  if (response.status != 200) throw_refusal(response, "reading the output of a container");
  if (!decoder.at_boundary()) throw answer_cut(api_.endpoint());
  if (text.size() > max_log_bytes) text.erase(0, text.size() - max_log_bytes);
  return text;
}

void DockerEngine::read_logs(const ContainerId& id, const LogRequest& request, const OutputTap& target) {
  const auto doing = fmt::format("reading the output of container {}", id.value.substr(0, 12));
  const bool raw = has_terminal(id);
  FrameDecoder decoder;
  const BodySink sink = [&](std::string_view piece) {
    raw ? target(OutputStream::output, piece) : decoder.feed(piece, target);
  };
  std::string path =
      container_path(id, fmt::format("/logs?stdout=1&stderr=1&follow={}&tail={}", request.follow ? 1 : 0,
                                     request.lines ? std::to_string(*request.lines) : "all"));
  if (request.since) {
    const auto nanoseconds = request.since->time_since_epoch().count();
    path += fmt::format("&since={}.{:09}", nanoseconds / 1'000'000'000, nanoseconds % 1'000'000'000);
  }
  const HttpResponse response = request.follow ? api_.get_stream(path, {forever, false, true}, sink)
                                               : api_.get_stream(path, {deadlines_.read, true}, sink);
  if (response.status != 200) throw_refusal(response, doing);
  if (!decoder.at_boundary()) throw answer_cut(api_.endpoint());
}

std::optional<Statistics> DockerEngine::container_statistics(const ContainerId& id) {
  const std::string path =
      fmt::format("/containers/{}/stats?stream=false&one-shot=true", url_encode(id.value));
  const HttpResponse response = api_.get(path, deadlines_.statistics);
  if (response.status == 404 || response.status == 409) return std::nullopt;
  if (response.status != 200) throw_refusal(response, "reading the statistics of a container");
  return statistics_from(parse_object(response.body, "the statistics of a container"));
}

}  // namespace cai
