#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "cai/data/archive_format.hpp"

namespace cai {

/// Compresses and expands one block at a time. What it makes of a block stands alone: a member of gzip
/// (RFC 1952) or a frame of zstd (RFC 8878), and any number of them in a row is a file that gzip and zstd
/// read. For one thread.
class Codec {
 public:
  virtual ~Codec() = default;
  /// Valid until the next call.
  virtual std::string_view compress(std::string_view block) = 0;
  /// Exactly `size` bytes, valid until the next call; Error(failed) when `packed` is anything else.
  virtual std::string_view expand(std::string_view packed, std::size_t size) = 0;
};
std::unique_ptr<Codec> make_codec(Compression compression);

/// CRC-32 as gzip and zlib have it; begin with 0.
std::uint32_t crc32(std::uint32_t before, std::string_view bytes);

}  // namespace cai
