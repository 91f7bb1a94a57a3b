#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cai {

/// What is known of the store's file without changing it.
struct StoreHealth {
  bool exists = false;
  int version = 0;                    ///< of the schema
  std::vector<std::string> problems;  ///< one sentence each; empty: sound
  std::vector<std::string> remedies;  ///< what to do about them
};

/// Opens the file for reading and lets SQLite check every page, index and reference. Never throws: what stops
/// the check is a problem itself. (A commit that a crash interrupted is rolled back, as by every reader.)
StoreHealth inspect_store(const std::filesystem::path& file);

}  // namespace cai
