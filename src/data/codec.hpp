#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "cai/data/archive_format.hpp"

namespace cai {

/// Compresses and expands one block at a time. What it makes of a block stands alone: a member of gzip
/// (RFC 1952) or a frame of zstd (RFC 8878), and any number of them in a row is a file that gzip and zstd
/// read. A member has an extra field (RFC 1952, 2.3.1.1) that says how long it is: where it ends is not to be
/// found out otherwise but by expanding it. For one thread.
class Codec {
 public:
  virtual ~Codec() = default;
  /// Valid until the next call.
  virtual std::string_view compress(std::string_view block) = 0;
  /// Fills all of `room`; Error(failed) when `packed` is anything but one block of just that content.
  virtual void expand(std::string_view packed, std::span<char> room) = 0;
};
std::unique_ptr<Codec> make_codec(Compression compression);

struct BlockSizes {
  std::size_t packed = 0;
  std::size_t content = 0;
};

/// How a gzip block of ours begins, which says its size.
std::string_view beginning_of_sized_block();
/// The sizes of such a block at the beginning of `ahead`, as it says itself: `expand` tells whether that is
/// true. nullopt: there is none, or `ahead` has not the whole of it.
std::optional<BlockSizes> first_sized_block(std::string_view ahead);

/// CRC-32 as gzip and zlib have it; begin with 0.
std::uint32_t crc32(std::uint32_t before, std::string_view bytes);

}  // namespace cai
