#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cai/engine/endpoint.hpp"
#include "cai/engine/engine.hpp"
#include "engine/response_parser.hpp"
#include "engine/transport.hpp"

namespace cai {

/// The largest body that is collected in memory.
inline constexpr std::size_t max_body_bytes = 64U << 20U;

/// Longer than anything runs, and short enough to be added to the clock.
inline constexpr std::chrono::milliseconds forever = std::chrono::hours(24 * 365 * 10);

/// After this long without a word, the answer will take as long again.
inline constexpr std::chrono::milliseconds long_silence(10);

/// How long a call may take, and what to do until then.
struct Patience {
  std::chrono::milliseconds limit;
  bool per_byte = false;       ///< the time starts again with every byte that moves
  bool interruptible = false;  ///< CallBounds::interrupted may end it
  /// Done once, when the peer has everything and has said nothing for `long_silence`: there is time. May be
  /// empty.
  std::function<void()> meanwhile = {};
};

/// Gives the next piece of a request's body, valid until the next call; empty: the end. May throw.
using BodySource = std::function<std::string_view()>;

struct HttpRequest {
  std::string_view method = "GET";
  std::string target;  ///< path and query, encoded
  std::string_view body = {};
  std::string_view content_type = {};
  const BodySource* source = nullptr;  ///< instead of `body`: sent in chunks as it comes
};

struct HttpResponse {
  int status = 0;
  std::string server;       ///< header Server
  std::string api_version;  ///< header Api-Version
  std::string date;         ///< header Date
  std::string body;
};

/// Gets the body of a successful answer in pieces, as they come. May throw.
using BodySink = std::function<void(std::string_view)>;

/// A connection that speaks another protocol now.
struct UpgradedStream {
  Connection connection;
  std::string first_bytes;  ///< what came together with the header
};

struct UpgradeResult {
  HttpResponse response;
  std::optional<UpgradedStream> stream;  ///< nullopt: refused, see `response`
};

/// HTTP/1.1 to one endpoint over one connection that is kept. Not for use by several threads at once.
/// Everything that goes wrong below the level of a status code is Error(engine_unreachable).
class HttpClient {
 public:
  explicit HttpClient(Endpoint endpoint) : endpoint_(std::move(endpoint)) {}

  /// Collects the body. A request is sent a second time only if it is a GET or HEAD and a kept connection
  /// turned out to be closed before one byte of the answer; anything else might have had its effect already.
  HttpResponse call(const HttpRequest& request, Patience patience);
  /// As `call`, but a body with a status below 400 goes to `sink`.
  HttpResponse stream(const HttpRequest& request, Patience patience, const BodySink& sink);
  /// Sends the request on a connection of its own, which becomes the stream after 101 or 200.
  UpgradeResult upgrade(const HttpRequest& request, Patience patience);

  void bound_calls(const CallBounds& bounds) { bounds_ = bounds; }
  [[nodiscard]] const CallBounds& bounds() const { return bounds_; }
  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

 private:
  struct Exchange;
  [[nodiscard]] Deadline deadline_in(std::chrono::milliseconds limit) const;
  [[nodiscard]] Connection connect(std::chrono::milliseconds limit) const;
  [[nodiscard]] short wait(Exchange& exchange, short wanted, Deadline deadline) const;
  bool run(Exchange& exchange);
  bool feed(Exchange& exchange, std::string_view bytes);
  [[nodiscard]] std::string head_of(const HttpRequest& request, bool upgrade) const;

  Endpoint endpoint_;
  CallBounds bounds_;
  std::optional<Connection> kept_;
};

/// Percent-encodes everything but unreserved characters (RFC 3986); `keep` names more to leave as they are.
std::string url_encode(std::string_view text, std::string_view keep = {});

}  // namespace cai
