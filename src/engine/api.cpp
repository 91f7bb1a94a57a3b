#include "engine/api.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "engine/failures.hpp"
#include "engine/http_date.hpp"
#include "engine/translate.hpp"

namespace cai {
namespace {

/// The newest version this adapter was written for.
constexpr std::pair<std::int64_t, std::int64_t> newest_known{1, 43};
/// For an engine that does not say what it speaks; the oldest that has all we use (one-shot statistics).
constexpr std::pair<std::int64_t, std::int64_t> oldest_useful{1, 41};

using Version = std::pair<std::int64_t, std::int64_t>;

std::optional<Version> parse_version(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot > 3 || text.size() > 8) return std::nullopt;
  const auto major = parse_integer(text.substr(0, dot));
  const auto minor = parse_integer(text.substr(dot + 1));
  if (!major || !minor || *major < 0 || *minor < 0) return std::nullopt;
  return Version{*major, *minor};
}

std::string to_text(Version version) {
  return fmt::format("{}.{}", version.first, version.second);
}

/// "client version 1.99 is too new. Maximum supported API version is 1.41": the version an engine names in a
/// refusal.
std::optional<Version> named_version(std::string_view refusal) {
  constexpr std::string_view words = "supported API version is ";
  const std::size_t at = refusal.find(words);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = refusal.substr(at + words.size());
  std::size_t size = std::min(rest.find_first_not_of("0123456789."), rest.size());
  while (size > 0 && rest[size - 1] == '.') --size;
  return parse_version(rest.substr(0, size));
}

}  // namespace

bool says(std::string_view message, std::string_view words) {
  const auto same = [](char a, char b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(a) == lower(b);
  };
  return std::search(message.begin(), message.end(), words.begin(), words.end(), same) != message.end();
}

void EngineApi::note_server(const HttpResponse& response) {
  if (server_.empty()) server_ = response.server;
  if (const auto time = parse_http_date(response.date)) time_ = time;
}

bool EngineApi::is_podman() {
  if (server_.empty()) negotiate();
  return says(server_, "libpod") || says(server_, "podman");
}

void EngineApi::negotiate() {
  const HttpResponse pong = http_.call({.method = "GET", .target = "/_ping"}, {ping_limit_});
  if (pong.status != 200) throw_refusal(pong, "asking the engine which API version it speaks");
  note_server(pong);
  if (server_.empty()) server_ = "unknown";
  if (!version_.empty()) return;
  if (pong.api_version.empty()) {
    version_ = to_text(oldest_useful);
    return;
  }
  const auto offered = parse_version(pong.api_version);
  if (!offered) throw answer_rubbish(endpoint(), "names an API version that cannot be read");
  version_ = to_text(std::min(*offered, newest_known));
}

/// True when there is another version to try. A request refused for its version had no effect.
bool EngineApi::renegotiate(const std::string& refusal) {
  const std::string message = engine_message(refusal);
  const bool about_version =
      says(message, "version") &&
      (says(message, "too new") || says(message, "too old") || says(message, "is not supported"));
  if (!about_version) return false;
  const std::string refused = std::exchange(version_, {});
  if (const auto named = named_version(message)) {
    version_ = to_text(*named);
  } else {
    negotiate();
  }
  return version_ != refused;
}

HttpResponse EngineApi::send(HttpRequest request, const std::string& path, Patience patience,
                             const BodySink* sink) {
  if (version_.empty()) negotiate();
  const auto once = [&] {
    request.target = fmt::format("/v{}{}", version_, path);
    HttpResponse response =
        sink != nullptr ? http_.stream(request, patience, *sink) : http_.call(request, patience);
    note_server(response);
    return response;
  };
  HttpResponse response = once();
  if (response.status == 400 && renegotiate(response.body)) return once();
  return response;
}

HttpResponse EngineApi::get(const std::string& path, std::chrono::milliseconds limit) {
  return get(path, Patience{limit});
}

HttpResponse EngineApi::get(const std::string& path, const Patience& patience) {
  return send({.method = "GET", .target = {}}, path, patience, nullptr);
}

HttpResponse EngineApi::remove(const std::string& path, std::chrono::milliseconds limit) {
  return send({.method = "DELETE", .target = {}}, path, {limit}, nullptr);
}

HttpResponse EngineApi::post(const std::string& path, std::chrono::milliseconds limit,
                             std::string_view json) {
  HttpRequest request{.method = "POST", .target = {}, .body = json};
  if (!json.empty()) request.content_type = "application/json";
  return send(std::move(request), path, {limit}, nullptr);
}

HttpResponse EngineApi::post_and_wait(const std::string& path) {
  return send({.method = "POST", .target = {}}, path, {.limit = forever, .interruptible = true}, nullptr);
}

HttpResponse EngineApi::post_stream(const std::string& path, Patience patience, std::string_view content_type,
                                    std::string_view body, const BodySink& sink) {
  return send({.method = "POST", .target = {}, .body = body, .content_type = content_type}, path, patience,
              &sink);
}

HttpResponse EngineApi::get_stream(const std::string& path, Patience patience, const BodySink& sink) {
  return send({.method = "GET", .target = {}}, path, patience, &sink);
}

HttpResponse EngineApi::put_stream(const std::string& path, Patience patience, std::string_view content_type,
                                   const BodySource& source) {
  // A source can be read once only, so the version must be right at the first attempt.
  if (server_.empty()) negotiate();
  return send({.method = "PUT", .target = {}, .content_type = content_type, .source = &source}, path,
              patience, nullptr);
}

UpgradeResult EngineApi::upgrade(const std::string& path, std::chrono::milliseconds limit,
                                 std::string_view json) {
  if (version_.empty()) negotiate();
  HttpRequest request{.method = "POST", .target = {}, .body = json, .content_type = "application/json"};
  request.target = fmt::format("/v{}{}", version_, path);
  return http_.upgrade(request, {limit});
}

void throw_refusal(const HttpResponse& response, std::string_view doing) {
  std::string message = engine_message(response.body);
  if (message.empty()) message = fmt::format("the container engine answered with status {}", response.status);
  const bool failed = response.status >= 400 && response.status != 503;
  Error error(failed ? ErrorKind::failed : ErrorKind::engine_unreachable, message);
  error.during(escape_for_terminal(doing));
  if (says(message, "no space left on device")) error.hint("Free space on the disk of the container engine.");
  if (response.status == 503) error.hint("The engine is not ready; try again.");
  throw error;
}

}  // namespace cai
