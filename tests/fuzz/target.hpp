#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "cai/base/error.hpp"

/// What libFuzzer and our driver call with each input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace cai::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// An invariant of a reader: not holding is a finding, as a crash is.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// Foreign bytes may be refused with an Error, and end in nothing else: any other exception is a finding.
/// The message says why. True: not refused.
template <typename Work>
bool accepted(Work work) {
  try {
    work();
    return true;
  } catch (const Error& error) {
    const std::string_view reason = error.what();
    require(!reason.empty() && !reason.ends_with(": "), "a refusal says why");
    return false;
  }
}

}  // namespace cai::fuzz
