#pragma once

#include <http_parser.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cai {

inline constexpr std::size_t max_header_bytes = 64U << 10U;

/// One HTTP/1.1 answer, read in pieces of any size.
class ResponseParser {
 public:
  enum class Mode {
    ordinary,
    head,     ///< the answer to HEAD: never a body
    upgrade,  ///< after 101 or 200 the bytes are another protocol's
  };

  explicit ResponseParser(Mode mode);
  ResponseParser(const ResponseParser&) = delete;
  ResponseParser& operator=(const ResponseParser&) = delete;

  /// False when this is no HTTP or the header is too large. Bytes after the answer's end stay in `rest`.
  bool feed(std::string_view bytes);
  /// The peer closed in order. False when the answer is not complete by that.
  bool feed_end();

  [[nodiscard]] bool has_header() const { return header_complete_; }
  [[nodiscard]] bool is_complete() const { return complete_; }
  [[nodiscard]] bool keeps_alive() const { return keep_alive_ && rest_.empty(); }
  [[nodiscard]] int status() const { return static_cast<int>(parser_.status_code); }
  /// Value of the first header of this name (lower case), or "".
  [[nodiscard]] std::string_view header(std::string_view name) const;
  /// The body bytes that came since the last call.
  std::string take_body() { return std::exchange(body_, {}); }
  std::string take_rest() { return std::exchange(rest_, {}); }

 private:
  // Called from C: nothing may be thrown through it.
  static int on_field(http_parser* parser, const char* at, std::size_t length) noexcept;
  static int on_value(http_parser* parser, const char* at, std::size_t length) noexcept;
  static int on_headers_complete(http_parser* parser) noexcept;
  static int on_body(http_parser* parser, const char* at, std::size_t length) noexcept;
  static int on_message_complete(http_parser* parser) noexcept;
  static const http_parser_settings& callbacks();
  [[nodiscard]] bool is_interim() const;
  bool count_header_bytes(std::size_t length);

  Mode mode_;
  http_parser parser_{};
  std::vector<std::pair<std::string, std::string>> headers_;
  bool in_value_ = false;
  std::size_t header_bytes_ = 0;
  bool header_complete_ = false;
  bool complete_ = false;
  bool keep_alive_ = false;
  std::string body_;
  std::string rest_;
};

}  // namespace cai
