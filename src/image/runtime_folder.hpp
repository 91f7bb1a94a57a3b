#pragma once

#include <string_view>

namespace cai {

/// Where cai's own layer is in a build context.
inline constexpr std::string_view runtime_folder = ".containai-runtime";

constexpr bool is_of_runtime(std::string_view path) {
  return path == runtime_folder ||
         (path.starts_with(runtime_folder) && path.substr(runtime_folder.size()).starts_with('/'));
}

}  // namespace cai
