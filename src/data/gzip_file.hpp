#pragma once

#define ZLIB_CONST  // zlib reads from constant memory, but says so only when asked
#include <libdeflate.h>
#include <zlib.h>

#include <memory>
#include <string_view>

#include "data/byte_source.hpp"
#include "data/read_ahead.hpp"

namespace cai {

/// Whether the file begins as gzip files do.
bool is_gzip(int file);

/// What is in a gzip file (RFC 1952), any number of members, each with its checksum. libdeflate expands what
/// fits into memory as a whole, as the blocks of an export do, in half of zlib's time; from the first member
/// that does not, or that it cannot read, zlib has the word. What comes after the last member and is none is
/// ignored, as gzip(1) does.
class GzipFile final : public ByteSource {
 public:
  /// `file`: a regular file, borrowed; its position is neither used nor changed. `begin`: of a member in it.
  explicit GzipFile(int file, std::int64_t begin = 0);
  GzipFile(const GzipFile&) = delete;
  GzipFile& operator=(const GzipFile&) = delete;
  ~GzipFile() override;

  std::size_t fill(std::span<char> room) override;

 private:
  struct Free {
    void operator()(libdeflate_decompressor* decompressor) const;
  };

  bool begins_member();
  bool expand_whole_member(std::span<char> room, std::size_t& size);
  std::size_t expand_piece(std::span<char> room);

  ReadAhead file_;
  std::unique_ptr<libdeflate_decompressor, Free> whole_;
  z_stream piecewise_ = {};
  bool is_piecewise_ = false;  ///< from here to the end
  bool in_member_ = false;     ///< of the piecewise way
};

}  // namespace cai
