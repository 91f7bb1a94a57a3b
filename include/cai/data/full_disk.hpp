#pragma once

#include <string>

#include "cai/base/text.hpp"

namespace cai {

/// Whether an engine or a program inside says that its disk, or the user's share of it, is full.
inline bool says_no_space(const std::string& message) {
  const auto text = to_lower_ascii(message);
  return text.find("no space left on device") != std::string::npos ||
         text.find("disk quota exceeded") != std::string::npos;
}

}  // namespace cai
