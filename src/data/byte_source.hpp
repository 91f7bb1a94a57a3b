#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "cai/data/archive_format.hpp"

namespace cai {

/// Bytes that come one block after the other.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Fills the beginning of `room`, which has `archive_block` bytes, and says how many; 0: at the end. Throws
  /// Error, after which the source is of no use.
  virtual std::size_t fill(std::span<char> room) = 0;
};

/// Of an archive that cannot be read to its end. `reason`: a library's words.
inline Error damaged_archive(const std::string& reason) {
  return Error(ErrorKind::refused, "the archive is damaged or cut off: " +
                                       (reason.empty() ? "no reason is known" : escape_for_terminal(reason)))
      .during("trying to read it");
}

}  // namespace cai
