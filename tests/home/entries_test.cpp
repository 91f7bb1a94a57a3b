// The table of what goes where, and the page that shows it.
#include "cai/home/entries.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "cai/data/export_rules.hpp"
#include "cai/home/original_archive.hpp"
#include "home/source.hpp"

namespace cai {
namespace {

TEST(Entries, AreDistinctPlainPathsBelowTheHome) {
  std::set<std::string> seen;
  for (const auto& entry : home_entries()) {
    auto path = std::string(entry.path);
    if (path.ends_with('/')) path.pop_back();
    EXPECT_TRUE(seen.insert(path).second) << path;
    EXPECT_EQ(plain_relative_path(path), path);
    EXPECT_FALSE(entry.group.empty()) << path;
    EXPECT_FALSE(path.starts_with(".ssh") || path.starts_with(".gnupg")) << path;
  }
}

TEST(Entries, WhatExportCallsACredentialIsASecretHereToo) {
  for (const auto& entry : home_entries()) {
    auto path = std::string(entry.path);
    if (path.ends_with('/')) path.pop_back();
    if (is_credential(path)) {
      EXPECT_TRUE(entry.secret) << path;
    }
    for (const auto credential : credential_paths()) {
      if (credential.starts_with(path + "/") && !entry.secret) {
        EXPECT_TRUE(entry.path.ends_with('/')) << path << " is no directory, but has " << credential;
      }
    }
  }
}

/// Compares a table of the page, from its first line to the next empty one, with what the code says.
void expect_table_on_page(const std::string& first_words, const std::string& expected) {
  const std::string path = std::string(CAI_SOURCE_DIR) + "/docs/reference/import.md";
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  const auto text = content.str();
  const auto begin = text.find(first_words);
  ASSERT_NE(begin, std::string::npos) << path;
  const auto end = std::min(text.find("\n\n", begin), text.size() - 1) + 1;
  const char* update = std::getenv("CAI_UPDATE_GOLDEN");
  if (update != nullptr && std::string_view(update) == "1") {
    std::ofstream(path, std::ios::binary) << text.substr(0, begin) << expected << text.substr(end);
    return;
  }
  EXPECT_EQ(text.substr(begin, end - begin), expected)
      << "CAI_UPDATE_GOLDEN=1 rewrites the table in " << path;
}

TEST(Entries, ThePageShowsTheTables) {
  expect_table_on_page("| In the archive |", original_places_markdown());
  expect_table_on_page("| Path |", home_entries_markdown());
}

}  // namespace
}  // namespace cai
