#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "cai/base/time.hpp"
#include "cai/engine/endpoint.hpp"
#include "cai/json/json.hpp"
#include "engine/http.hpp"

namespace cai {

/// How long each class of call may take; tests make them short.
struct EngineDeadlines {
  std::chrono::milliseconds read = std::chrono::seconds(10);
  std::chrono::milliseconds change = std::chrono::seconds(60);
  std::chrono::milliseconds stream_silence = std::chrono::minutes(10);
  std::chrono::milliseconds statistics = std::chrono::seconds(5);
  std::chrono::milliseconds stop_extra = std::chrono::seconds(15);  ///< on top of the grace period
};

/// HTTP with the engine API's customs: version negotiation and error answers. Paths are without the version.
class EngineApi {
 public:
  EngineApi(Endpoint endpoint, std::string version,
            std::chrono::milliseconds ping_limit = std::chrono::seconds(10))
      : http_(std::move(endpoint)), version_(std::move(version)), ping_limit_(ping_limit) {}

  /// By the engine's clock, of its last answer with a Date.
  [[nodiscard]] std::optional<Timestamp> time() const { return time_; }

  HttpResponse get(const std::string& path, std::chrono::milliseconds limit);
  HttpResponse get(const std::string& path, const Patience& patience);
  HttpResponse remove(const std::string& path, std::chrono::milliseconds limit);
  HttpResponse post(const std::string& path, std::chrono::milliseconds limit, std::string_view json = {});
  /// Waits for the answer as long as it takes, or until CallBounds ends it.
  HttpResponse post_and_wait(const std::string& path);
  HttpResponse post_stream(const std::string& path, Patience patience, std::string_view content_type,
                           std::string_view body, const BodySink& sink);
  HttpResponse get_stream(const std::string& path, Patience patience, const BodySink& sink);
  HttpResponse put_stream(const std::string& path, Patience patience, std::string_view content_type,
                          const BodySource& source);
  UpgradeResult upgrade(const std::string& path, std::chrono::milliseconds limit, std::string_view json);

  void bound_calls(const CallBounds& bounds) { http_.bound_calls(bounds); }
  [[nodiscard]] const CallBounds& bounds() const { return http_.bounds(); }

  /// Asks the engine when it has not answered anything yet.
  bool is_podman();
  /// Header Server of the first answer; empty before it.
  [[nodiscard]] const std::string& server() const { return server_; }
  /// The version in use; empty before the first call.
  [[nodiscard]] const std::string& version() const { return version_; }
  [[nodiscard]] const Endpoint& endpoint() const { return http_.endpoint(); }

 private:
  HttpResponse send(HttpRequest request, const std::string& path, Patience patience, const BodySink* sink);
  void negotiate();
  bool renegotiate(const std::string& refusal);
  void note_server(const HttpResponse& response);

  HttpClient http_;
  std::string version_;
  std::chrono::milliseconds ping_limit_;
  std::string server_;
  std::optional<Timestamp> time_;
};

/// Throws the Error for an answer that is no expected outcome.
[[noreturn]] void throw_refusal(const HttpResponse& response, std::string_view doing);

/// True when `message` contains `words` (ASCII letters of any case).
bool says(std::string_view message, std::string_view words);

}  // namespace cai
