#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "cai/data/tar.hpp"

namespace cai {

/// Takes apart an uncompressed tar as a container engine writes it (ustar, pax, GNU long names), piece by
/// piece, and passes the entries that are wanted through byte for byte: owners, times and extended attributes
/// stay what the engine wrote. Memory does not grow with the archive.
class TarFilter {
 public:
  class Target {
   public:
    virtual ~Target() = default;
    /// True: the entry's bytes go to `raw`, and its content to `content` as well.
    virtual bool begin(const TarEntry& entry) = 0;
    virtual void raw(std::string_view bytes) = 0;
    virtual void content(std::string_view bytes) = 0;
    /// After the last byte of an entry that was wanted.
    virtual void end(const TarEntry& entry) = 0;
  };

  explicit TarFilter(Target& target) : target_(target) {}

  /// Throws Error(failed) when this is no tar.
  void feed(std::string_view bytes);
  /// True once the archive's end marker was seen. False at the end of the stream: it was cut.
  [[nodiscard]] bool is_complete() const { return complete_; }
  /// The entry in work, for messages about a stream that was cut.
  [[nodiscard]] const std::string& current() const { return entry_.path; }

 private:
  enum class Part { header, extension, content, padding };

  void header_done();
  void extension_done();
  void begin_entry(char type);
  void skip_or_pass(std::string_view bytes);
  void finish_entry();

  Target& target_;
  Part part_ = Part::header;
  std::string pending_;     ///< raw bytes of the entry until it is known whether it is wanted
  std::string block_;       ///< the header block or the extension in work
  char extension_ = 0;      ///< type of the extension in work
  std::uint64_t left_ = 0;  ///< bytes of the part in work
  std::map<std::string, std::string> records_;  ///< of pax and GNU extensions, for the next entry
  TarEntry entry_;
  bool wanted_ = false;
  bool complete_ = false;
};

}  // namespace cai
