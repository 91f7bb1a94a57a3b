#include "engine/http.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <utility>

#include "cai/base/error.hpp"
#include "engine/failures.hpp"

namespace cai {
namespace {

/// How often a waiting call asks whether it should stop.
constexpr std::chrono::milliseconds stop_interval(200);

/// Small pieces of a streamed body are sent together.
constexpr std::size_t chunk_size = 64U << 10U;

/// A body up to this size goes out in one system call with the header.
constexpr std::size_t small_body = 16U << 10U;

/// Sends as much as the kernel takes; true when something moved. When the peer stopped listening, the rest is
/// dropped: it may have answered before it read everything, and that answer counts.
bool send_some(Connection& connection, std::string_view& head, std::string_view& body) {
  bool moved = false;
  for (std::string_view* part : {&head, &body}) {
    while (!part->empty()) {
      const Transfer sent = connection.send(*part);
      if (sent.status == TransferStatus::again) return moved;
      if (sent.status != TransferStatus::moved) {
        head = body = {};
        return moved;
      }
      part->remove_prefix(sent.bytes);
      moved = true;
    }
  }
  return moved;
}

HttpResponse response_of(const ResponseParser& parser) {
  return {.status = parser.status(),
          .server = std::string(parser.header("server")),
          .api_version = std::string(parser.header("api-version")),
          .date = std::string(parser.header("date")),
          .body = {}};
}

}  // namespace

/// One request and its answer, on its way.
struct HttpClient::Exchange {
  Connection& connection;
  std::string_view head;
  std::string_view body;
  Patience patience;
  const BodySink& sink;
  ResponseParser& parser;
  const BodySource* source = nullptr;  ///< nullptr: none, or all of it was taken
  std::string collected = {};          ///< the body of a refusal
  std::string chunk = {};              ///< of the source, with its frame (RFC 9112, 7.1)

  [[nodiscard]] bool all_sent() const { return head.empty() && body.empty() && source == nullptr; }
  void take_chunk();
};

void HttpClient::Exchange::take_chunk() {
  if (source == nullptr || !head.empty() || !body.empty()) return;
  std::string content;
  std::string_view piece = (*source)();
  while (!piece.empty()) {
    content += piece;
    if (content.size() >= chunk_size) break;
    piece = (*source)();
  }
  chunk = content.empty() ? "" : fmt::format("{:x}\r\n{}\r\n", content.size(), content);
  if (piece.empty()) {
    chunk += "0\r\n\r\n";
    source = nullptr;
  }
  body = chunk;
}

std::string HttpClient::head_of(const HttpRequest& request, bool upgrade) const {
  const bool is_unix = endpoint_.kind == Endpoint::Kind::unix_socket;
  std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: cai/" CAI_VERSION "\r\n",
                                 request.method, request.target, is_unix ? "localhost" : endpoint_.address);
  if (upgrade) head += "Connection: Upgrade\r\nUpgrade: tcp\r\n";
  if (!request.content_type.empty()) head += fmt::format("Content-Type: {}\r\n", request.content_type);
  if (request.source != nullptr) {
    head += "Transfer-Encoding: chunked\r\n";
  } else if (request.method != "GET" && request.method != "HEAD") {
    head += fmt::format("Content-Length: {}\r\n", request.body.size());
  }
  head += "\r\n";
  if (request.body.size() <= small_body) head += request.body;
  return head;
}

/// Hands the bytes on; true when the answer is complete.
bool HttpClient::feed(Exchange& exchange, std::string_view bytes) {
  ResponseParser& parser = exchange.parser;
  if (!parser.feed(bytes)) throw answer_rubbish(endpoint_, "is not HTTP, or its header is too large");
  const std::string piece = parser.take_body();
  if (!piece.empty() && parser.status() < 400) {
    exchange.sink(piece);
  } else if (exchange.collected.size() + piece.size() <= max_body_bytes) {
    exchange.collected += piece;
  } else {
    throw answer_rubbish(endpoint_, "is too large");
  }
  return parser.is_complete();
}

Deadline HttpClient::deadline_in(std::chrono::milliseconds limit) const {
  return Deadline::earlier(Deadline::in(limit), bounds_.until);
}

Connection HttpClient::connect(std::chrono::milliseconds limit) const {
  return Connection::open(endpoint_, std::min(limit, bounds_.until.remaining()));
}

/// The events that came, or 0 at the deadline.
short HttpClient::wait(Exchange& exchange, short wanted, Deadline deadline) const {
  if (exchange.patience.meanwhile && wanted == POLLIN) {
    const auto meanwhile = std::exchange(exchange.patience.meanwhile, nullptr);
    const short events =
        exchange.connection.wait(wanted, Deadline::earlier(Deadline::in(long_silence), deadline));
    if (events != 0) return events;
    meanwhile();
  }
  if (!exchange.patience.interruptible || !bounds_.interrupted)
    return exchange.connection.wait(wanted, deadline);
  while (true) {
    if (bounds_.interrupted()) throw Error(ErrorKind::interrupted, "interrupted");
    const auto slice = Deadline::earlier(Deadline::in(stop_interval), deadline);
    const short events = exchange.connection.wait(wanted, slice);
    if (events != 0 || deadline.expired()) return events;
  }
}

/// True when answered; false when the peer closed before the first byte of an answer.
bool HttpClient::run(Exchange& exchange) {
  Deadline deadline = deadline_in(exchange.patience.limit);
  bool received = false;
  std::array<char, 64U << 10U> buffer;  // NOLINT: recv fills it; zeroing 64 KiB per request would be waste
  while (true) {
    exchange.take_chunk();
    const bool had_chunk = !exchange.body.empty();
    const bool sent = send_some(exchange.connection, exchange.head, exchange.body);
    if (had_chunk && !sent && exchange.body.empty()) exchange.source = nullptr;  // nobody listens any more
    if (sent && exchange.patience.per_byte) deadline = deadline_in(exchange.patience.limit);
    const short wanted = exchange.all_sent() ? POLLIN : POLLIN | POLLOUT;
    const short events = wait(exchange, wanted, deadline);
    if (events == 0) throw no_answer_within(endpoint_, exchange.patience.limit);
    if ((events & ~POLLOUT) == 0) continue;

    const Transfer got = exchange.connection.receive(buffer);
    if (got.status == TransferStatus::moved) {
      received = true;
      if (exchange.patience.per_byte) deadline = deadline_in(exchange.patience.limit);
      if (feed(exchange, {buffer.data(), got.bytes})) return true;
    } else if (got.status != TransferStatus::again) {
      if (!received) return false;
      if (got.status == TransferStatus::broken || !exchange.parser.feed_end()) throw answer_cut(endpoint_);
      return true;
    }
  }
}

HttpResponse HttpClient::stream(const HttpRequest& request, Patience patience, const BodySink& sink) {
  const std::string head = head_of(request, false);
  const std::string_view body = request.body.size() <= small_body ? std::string_view{} : request.body;
  const bool repeatable = request.method == "GET" || request.method == "HEAD";
  const auto mode = request.method == "HEAD" ? ResponseParser::Mode::head : ResponseParser::Mode::ordinary;
  bool reused = kept_.has_value() && kept_->is_idle();
  while (true) {
    // Taken out while in use: whatever throws, a connection in the middle of an answer is never used again.
    Connection connection = reused ? std::move(*kept_) : connect(patience.limit);
    kept_.reset();
    ResponseParser parser(mode);
    Exchange exchange{connection, head, body, patience, sink, parser, request.source};
    if (run(exchange)) {
      if (parser.keeps_alive() && exchange.all_sent()) kept_ = std::move(connection);
      HttpResponse response = response_of(parser);
      response.body = std::move(exchange.collected);
      return response;
    }
    if (!reused || !repeatable) throw answer_cut(endpoint_);
    reused = false;
  }
}

HttpResponse HttpClient::call(const HttpRequest& request, Patience patience) {
  std::string collected;
  HttpResponse response = stream(request, patience, [&](std::string_view piece) {
    if (collected.size() + piece.size() > max_body_bytes) throw answer_rubbish(endpoint_, "is too large");
    collected += piece;
  });
  if (response.status < 400) response.body = std::move(collected);
  return response;
}

UpgradeResult HttpClient::upgrade(const HttpRequest& request, Patience patience) {
  const std::string head = head_of(request, true);
  const std::string_view body = request.body.size() <= small_body ? std::string_view{} : request.body;
  Connection connection = connect(patience.limit);
  ResponseParser parser(ResponseParser::Mode::upgrade);
  const BodySink ignore = [](std::string_view) {};
  Exchange exchange{connection, head, body, patience, ignore, parser};
  if (!run(exchange)) throw answer_cut(endpoint_);
  UpgradeResult result{.response = response_of(parser), .stream = std::nullopt};
  result.response.body = std::move(exchange.collected);
  if (result.response.status == 101 || result.response.status == 200) {
    result.stream = UpgradedStream{std::move(connection), parser.take_rest()};
  }
  return result;
}

std::string url_encode(std::string_view text, std::string_view keep) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || std::string_view("-._~").find(c) != std::string_view::npos ||
        keep.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += '%';
      encoded += digits[byte >> 4U];
      encoded += digits[byte & 15U];
    }
  }
  return encoded;
}

}  // namespace cai
