#include <fmt/format.h>

#include <utility>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "engine/docker_engine.hpp"
#include "engine/failures.hpp"
#include "engine/fields.hpp"
#include "engine/request_json.hpp"
#include "engine/streams.hpp"
#include "engine/translate.hpp"

namespace cai {
namespace {

/// References keep their slashes and colons; engines route on them.
std::string image_path(const std::string& reference) {
  return "/images/" + url_encode(reference, "/:@");
}

/// What a stream of progress objects came to.
struct Progress {
  std::string error;
  std::string image_id;
};

void note_progress(const Json& object, Progress& progress, LineSplitter& lines) {
  lines.feed(text_field(&object, "stream"));
  const std::string status = text_field(&object, "status");
  // Objects with a bar are one download's many small steps.
  if (!status.empty() && text_field(&object, "progress").empty()) {
    const std::string layer = text_field(&object, "id");
    lines.feed(layer.empty() ? status + "\n" : fmt::format("{}: {}\n", layer, status));
  }
  const std::string id = text_field(object_field(&object, "aux"), "ID");
  if (!id.empty()) progress.image_id = id;
  std::string error = text_field(&object, "error");
  if (error.empty()) error = text_field(object_field(&object, "errorDetail"), "message");
  if (!error.empty()) progress.error = std::move(error);
}

/// Sends a request whose answer tells its progress, and whose success is known only at the end of that.
Progress follow(EngineApi& api, const std::string& path, std::chrono::milliseconds silence,
                std::string_view body, const std::function<void(std::string_view)>& on_line,
                const std::string& doing) {
  Progress progress;
  JsonObjectSplitter objects;
  LineSplitter lines(on_line);
  const auto note = [&](const Json& object) { note_progress(object, progress, lines); };
  const BodySink sink = [&](std::string_view piece) { objects.feed(piece, note); };
  const std::string_view type = body.empty() ? std::string_view{} : "application/x-tar";
  const HttpResponse response = api.post_stream(path, {silence, true, true}, type, body, sink);
  if (response.status != 200) throw_refusal(response, doing);
  lines.finish();
  if (!progress.error.empty()) {
    throw Error(ErrorKind::failed, escape_for_terminal(trim(progress.error))).during(doing);
  }
  if (!objects.at_boundary()) throw answer_cut(api.endpoint()).during(doing);
  return progress;
}

/// Name and tag of a reference; without a tag or digest "latest", because engines would pull every tag.
std::pair<std::string, std::string> split_reference(const std::string& reference) {
  const std::size_t digest = reference.find('@');
  if (digest != std::string::npos) return {reference.substr(0, digest), reference.substr(digest + 1)};
  const std::size_t colon = reference.rfind(':');
  const std::size_t slash = reference.rfind('/');
  const bool is_tag = colon != std::string::npos && (slash == std::string::npos || colon > slash);
  if (!is_tag) return {reference, "latest"};
  return {reference.substr(0, colon), reference.substr(colon + 1)};
}

}  // namespace

std::optional<ImageDetails> DockerEngine::inspect_image(const std::string& reference) {
  if (reference.empty()) return std::nullopt;
  const HttpResponse response = api_.get(image_path(reference) + "/json", deadlines_.read);
  if (response.status == 404) return std::nullopt;
  if (response.status != 200) throw_refusal(response, fmt::format("looking at image {}", reference));
  return image_from(parse_object(response.body, "an image"));
}

std::string DockerEngine::build_image(const BuildRequest& request, std::string_view context,
                                      const std::function<void(std::string_view)>& on_line) {
  const std::string path = fmt::format(
      "/build?t={}&dockerfile={}&buildargs={}&labels={}&nocache={}&rm=1&forcerm=1", url_encode(request.tag),
      url_encode(request.dockerfile), url_encode(arguments_text(request.arguments)),
      url_encode(labels_text(request.labels)), request.no_cache ? 1 : 0);
  const std::string doing = fmt::format("building image {}", request.tag);
  const Progress progress = follow(api_, path, deadlines_.stream_silence, context, on_line, doing);
  if (!progress.image_id.empty()) return progress.image_id;
  const auto image = inspect_image(request.tag);
  if (!image) throw Error(ErrorKind::failed, "the build ended without an image").during(doing);
  return image->id;
}

void DockerEngine::pull_image(const std::string& reference,
                              const std::function<void(std::string_view)>& on_line) {
  const auto [name, tag] = split_reference(reference);
  const std::string path =
      fmt::format("/images/create?fromImage={}&tag={}", url_encode(name), url_encode(tag));
  follow(api_, path, deadlines_.stream_silence, {}, on_line, fmt::format("pulling image {}", reference));
}

Outcome DockerEngine::remove_image(const std::string& reference) {
  if (reference.empty()) return Outcome::unchanged;
  const HttpResponse response = api_.remove(image_path(reference) + "?force=0&noprune=0", deadlines_.change);
  if (response.status < 300) return Outcome::done;
  if (response.status == 404) return Outcome::unchanged;
  const std::string message = engine_message(response.body);
  const bool in_use = response.status == 409 || says(message, "in use") || says(message, "being used");
  if (in_use) return Outcome::conflict;
  throw_refusal(response, fmt::format("removing image {}", reference));
}

}  // namespace cai
