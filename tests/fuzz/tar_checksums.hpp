#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace cai::fuzz {

/// The same tar with the checksum of every header right: a reader refuses nearly every change of a header
/// otherwise, and nothing behind that check is ever met. Compressed archives stay as they are.
inline std::string with_right_checksums(std::string_view archive) {
  constexpr std::size_t block = 512;
  constexpr std::size_t checksum_at = 148;
  constexpr std::size_t checksum_size = 8;
  std::string fixed(archive);
  for (std::size_t at = 0; at + block <= fixed.size(); at += block) {
    if (fixed.compare(at + 257, 5, "ustar") != 0) continue;
    fixed.replace(at + checksum_at, checksum_size, checksum_size, ' ');
    unsigned sum = 0;
    for (std::size_t byte = 0; byte < block; ++byte) sum += static_cast<unsigned char>(fixed[at + byte]);
    char digits[checksum_size + 1];
    std::snprintf(digits, sizeof digits, "%06o", sum);
    fixed.replace(at + checksum_at, checksum_size, std::string(digits, 7) + ' ');
  }
  return fixed;
}

}  // namespace cai::fuzz
