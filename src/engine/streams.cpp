#include "engine/streams.hpp"

#include <algorithm>

#include "engine/failures.hpp"

namespace cai {
namespace {

constexpr std::size_t max_object_bytes = 1U << 20U;
constexpr std::size_t max_line_bytes = 64U << 10U;

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

}  // namespace

void FrameDecoder::start_frame() {
  const auto kind = static_cast<unsigned char>(header_[0]);
  if (kind > 3 || header_[1] != 0 || header_[2] != 0 || header_[3] != 0) {
    throw answer_rubbish("is not a stream of output frames");
  }
  // 0 and 1 are the output; 2 is the error output, 3 what the engine itself has to say.
  stream_ = kind >= 2 ? Stream::error : Stream::output;
  payload_left_ = 0;
  for (std::size_t i = 4; i < header_.size(); ++i) {
    payload_left_ = (payload_left_ << 8U) | static_cast<unsigned char>(header_[i]);
  }
  header_size_ = 0;
}

void FrameDecoder::feed(std::string_view bytes, const Target& target) {
  while (!bytes.empty()) {
    if (payload_left_ > 0) {
      const std::string_view piece = bytes.substr(0, payload_left_);
      target(stream_, piece);
      payload_left_ -= piece.size();
      bytes.remove_prefix(piece.size());
      continue;
    }
    const std::size_t count = std::min(bytes.size(), header_.size() - header_size_);
    std::copy_n(bytes.data(), count, header_.data() + header_size_);
    header_size_ += count;
    bytes.remove_prefix(count);
    if (header_size_ == header_.size()) start_frame();
  }
}

/// Tracks one character of an object; true when it is the brace that closes it.
bool JsonObjectSplitter::ends_object(char c) {
  if (in_string_) {
    in_string_ = escaped_ || c != '"';
    escaped_ = !escaped_ && c == '\\';
    return false;
  }
  in_string_ = c == '"';
  if (c == '{' || c == '[') ++depth_;
  if (c == '}' || c == ']') --depth_;
  return depth_ == 0;
}

void JsonObjectSplitter::feed(std::string_view bytes, const std::function<void(const Json&)>& target) {
  for (const char c : bytes) {
    if (pending_.empty() && is_space(c)) continue;
    if (pending_.empty() && c != '{') throw answer_rubbish("is not a stream of JSON objects");
    pending_ += c;
    if (pending_.size() > max_object_bytes) throw answer_rubbish("has a JSON object that is too large");
    if (!ends_object(c)) continue;
    const Json value = parse_json(pending_);
    if (!value.is_object()) throw answer_rubbish("is not a stream of JSON objects");
    pending_.clear();
    target(value);
  }
}

void LineSplitter::feed(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    pending_ += text.substr(0, end);
    if (end < text.size() || pending_.size() > max_line_bytes) {
      if (pending_.ends_with('\r')) pending_.pop_back();
      target_(pending_);
      pending_.clear();
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void LineSplitter::finish() {
  if (!pending_.empty()) target_(pending_);
  pending_.clear();
}

}  // namespace cai
