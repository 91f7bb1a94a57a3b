#include "engine/response_parser.hpp"

#include "cai/base/text.hpp"

namespace cai {
namespace {

ResponseParser& self(http_parser* parser) {
  return *static_cast<ResponseParser*>(parser->data);
}

}  // namespace

ResponseParser::ResponseParser(Mode mode) : mode_(mode) {
  http_parser_init(&parser_, HTTP_RESPONSE);
  parser_.data = this;
}

const http_parser_settings& ResponseParser::callbacks() {
  static constexpr http_parser_settings settings = [] {
    http_parser_settings made{};
    made.on_header_field = &ResponseParser::on_field;
    made.on_header_value = &ResponseParser::on_value;
    made.on_headers_complete = &ResponseParser::on_headers_complete;
    made.on_body = &ResponseParser::on_body;
    made.on_message_complete = &ResponseParser::on_message_complete;
    return made;
  }();
  return settings;
}

bool ResponseParser::feed(std::string_view bytes) {
  const std::size_t used =
      complete_ ? 0 : http_parser_execute(&parser_, &callbacks(), bytes.data(), bytes.size());
  const auto error = HTTP_PARSER_ERRNO(&parser_);
  if (!complete_ && (error != HPE_OK || used < bytes.size())) return false;
  rest_.append(bytes.substr(used));
  return true;
}

bool ResponseParser::feed_end() {
  if (complete_) return true;
  http_parser_execute(&parser_, &callbacks(), nullptr, 0);
  return complete_;
}

std::string_view ResponseParser::header(std::string_view name) const {
  for (const auto& [key, value] : headers_) {
    if (key == name) return value;
  }
  return {};
}

bool ResponseParser::is_interim() const {
  const int code = status();
  return code >= 100 && code < 200 && !(mode_ == Mode::upgrade && code == 101);
}

bool ResponseParser::count_header_bytes(std::size_t length) {
  header_bytes_ += length;
  return header_bytes_ <= max_header_bytes;
}

int ResponseParser::on_field(http_parser* parser, const char* at, std::size_t length) noexcept {
  ResponseParser& me = self(parser);
  if (me.header_complete_) return 0;  // a trailer: nobody reads it
  if (me.in_value_ || me.headers_.empty()) me.headers_.emplace_back();
  me.in_value_ = false;
  me.headers_.back().first += to_lower_ascii({at, length});
  return me.count_header_bytes(length) ? 0 : 1;
}

int ResponseParser::on_value(http_parser* parser, const char* at, std::size_t length) noexcept {
  ResponseParser& me = self(parser);
  if (me.header_complete_ || me.headers_.empty()) return 0;
  me.in_value_ = true;
  me.headers_.back().second.append(at, length);
  return me.count_header_bytes(length) ? 0 : 1;
}

int ResponseParser::on_headers_complete(http_parser* parser) noexcept {
  ResponseParser& me = self(parser);
  const int code = me.status();
  // The byte count is kept, so that endless interim answers run into the limit.
  if (me.is_interim()) return code == 101 ? -1 : 1;
  me.header_complete_ = true;
  if (me.mode_ == Mode::upgrade && (code == 101 || code == 200)) return 2;
  const bool bodiless = me.mode_ == Mode::head || code == 204 || code == 304;
  return bodiless ? 1 : 0;
}

int ResponseParser::on_body(http_parser* parser, const char* at, std::size_t length) noexcept {
  self(parser).body_.append(at, length);
  return 0;
}

int ResponseParser::on_message_complete(http_parser* parser) noexcept {
  ResponseParser& me = self(parser);
  if (me.is_interim()) {
    me.headers_.clear();
    me.in_value_ = false;
    return me.count_header_bytes(16) ? 0 : 1;
  }
  me.complete_ = true;
  me.keep_alive_ = http_should_keep_alive(parser) != 0;
  http_parser_pause(parser, 1);  // what follows is not ours to parse
  return 0;
}

}  // namespace cai
