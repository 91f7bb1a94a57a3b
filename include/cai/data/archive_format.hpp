#pragma once

#include <cstddef>

namespace cai {

/// How an archive that cai writes is compressed.
enum class Compression { gzip, zstd };

/// What is compressed as one: large enough that the parts compress as well as the whole, small enough that
/// many fit in memory. Zstd, which looks further back than deflate, takes an eighth less time for twice the
/// size.
inline constexpr std::size_t archive_block = 1U << 20U;
constexpr std::size_t block_size_of(Compression compression) {
  return compression == Compression::zstd ? 2 * archive_block : archive_block;
}

}  // namespace cai
