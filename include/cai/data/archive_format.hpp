#pragma once

#include <cstddef>

namespace cai {

/// How an archive that cai writes is compressed.
enum class Compression { gzip, zstd };

/// What is compressed as one: large enough that the parts compress as well as the whole, small enough that
/// many fit in memory.
inline constexpr std::size_t archive_block = 1U << 20U;

}  // namespace cai
