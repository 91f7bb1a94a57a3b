#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "cai/engine/engine.hpp"
#include "cai/json/json.hpp"

namespace cai {

/// Takes apart the engine's multiplexed stream: frames of an 8-byte header (kind, 0, 0, 0, big-endian length)
/// and that many bytes. Pieces of any size go in; payload comes out as soon as it is there.
class FrameDecoder {
 public:
  using Stream = OutputStream;
  using Target = OutputTap;

  /// Throws Error(engine_unreachable) when this is no such stream.
  void feed(std::string_view bytes, const Target& target);
  /// False in the middle of a frame.
  [[nodiscard]] bool at_boundary() const { return header_size_ == 0 && payload_left_ == 0; }

 private:
  void start_frame();

  std::array<char, 8> header_{};
  std::size_t header_size_ = 0;
  std::size_t payload_left_ = 0;
  Stream stream_ = Stream::output;
};

/// Takes apart a stream of JSON objects, which may or may not be separated by white space.
class JsonObjectSplitter {
 public:
  /// Throws Error(engine_unreachable) when something is not JSON or an object is larger than 1 MiB.
  void feed(std::string_view bytes, const std::function<void(const Json&)>& target);
  /// False in the middle of an object.
  [[nodiscard]] bool at_boundary() const { return pending_.empty(); }

 private:
  bool ends_object(char c);

  std::string pending_;
  int depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

/// Puts pieces of text together to lines, without the line end.
class LineSplitter {
 public:
  using Target = std::function<void(std::string_view)>;
  explicit LineSplitter(const Target& target) : target_(target) {}
  void feed(std::string_view text);
  /// What came after the last line end.
  void finish();

 private:
  const Target& target_;
  std::string pending_;
};

}  // namespace cai
