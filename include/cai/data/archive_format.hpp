#pragma once

namespace cai {

/// How an archive that cai writes is compressed.
enum class Compression { gzip, zstd };

}  // namespace cai
