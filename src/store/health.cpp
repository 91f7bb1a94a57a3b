#include "cai/store/health.hpp"

#include <fmt/format.h>

#include "cai/base/error.hpp"
#include "store/database.hpp"

namespace cai {
namespace {

/// SQLite's default would be 100 lines of the same trouble.
constexpr const char* check_pages = "PRAGMA integrity_check(5)";

std::vector<std::string> find_problems(SQLite::Database& database) {
  std::vector<std::string> problems;
  SQLite::Statement pages(database, check_pages);
  while (pages.executeStep()) {
    std::string line = pages.getColumn(0).getString();
    if (line != "ok") problems.push_back(std::move(line));
  }
  SQLite::Statement references(database, "PRAGMA foreign_key_check");
  while (references.executeStep()) {
    problems.push_back(
        fmt::format("a row of {} belongs to no workspace", references.getColumn(0).getString()));
  }
  return problems;
}

}  // namespace

StoreHealth inspect_store(const std::filesystem::path& file) {
  StoreHealth health;
  std::error_code error;
  health.exists = std::filesystem::exists(std::filesystem::symlink_status(file, error));
  if (!health.exists) return health;
  try {
    auto store = StoreDatabase::open_read_only(file);
    store.read("checking the store", [&](SQLite::Database& database) {
      health.version = database.execAndGet("PRAGMA user_version").getInt();
      health.problems = find_problems(database);
    });
  } catch (const Error& failure) {
    health.problems.emplace_back(failure.what());
    health.remedies = failure.hints();
  }
  return health;
}

}  // namespace cai
