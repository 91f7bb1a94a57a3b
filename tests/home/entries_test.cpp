// The table of what goes where, and the page that shows it.
#include "cai/home/entries.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "cai/data/export_rules.hpp"
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

TEST(Entries, ThePageShowsTheTable) {
  const std::string path = std::string(CAI_SOURCE_DIR) + "/docs/reference/import.md";
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  const auto text = content.str();
  const auto table = text.find("| Path |");
  ASSERT_NE(table, std::string::npos) << path;
  const char* update = std::getenv("CAI_UPDATE_GOLDEN");
  if (update != nullptr && std::string_view(update) == "1") {
    std::ofstream(path, std::ios::binary) << text.substr(0, table) << home_entries_markdown();
    return;
  }
  EXPECT_EQ(text.substr(table), home_entries_markdown())
      << "CAI_UPDATE_GOLDEN=1 rewrites the table in " << path;
}

}  // namespace
}  // namespace cai
