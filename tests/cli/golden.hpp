#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace cai {

/// Compares `text` with a file of the source tree; CAI_UPDATE_GOLDEN=1 rewrites the file instead.
inline void expect_equals_file(const std::string& text, const std::string& path_in_tree) {
  const std::string path = std::string(CAI_SOURCE_DIR) + "/" + path_in_tree;
  const char* update = std::getenv("CAI_UPDATE_GOLDEN");
  if (update != nullptr && std::string(update) == "1") {
    std::ofstream file(path, std::ios::binary);
    file << text;
    ASSERT_TRUE(file.flush().good()) << "cannot write " << path_in_tree;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file.good()) << path_in_tree << " is missing; CAI_UPDATE_GOLDEN=1 writes it";
  const std::string expected((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_EQ(text, expected) << path_in_tree << " lags behind; CAI_UPDATE_GOLDEN=1 rewrites it";
}

}  // namespace cai
