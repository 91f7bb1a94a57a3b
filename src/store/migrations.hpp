#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <functional>
#include <span>
#include <string_view>
#include <utility>

namespace cai {

/// Marks a SQLite file as ours: "cai!" in the header's application_id.
inline constexpr int store_application_id = 0x63616921;

/// (file name, SQL), the first makes version 1. schema/migrations/*.sql, embedded by the build.
using Migration = std::pair<std::string_view, std::string_view>;
std::span<const Migration> embedded_migrations();

/// The version of the database's schema, 0 for one without any content. Throws Error(failed) for a database
/// of another program, and for one newer than `newest`.
int schema_version(SQLite::Database& database, const std::filesystem::path& file, int newest);

/// Looks at the version; if it is old, takes the write lock, looks again, and brings it to the newest in one
/// transaction. `before_change(version)` is called under the lock, before a database with content becomes
/// `version`.
void migrate(SQLite::Database& database, const std::filesystem::path& file,
             std::span<const Migration> migrations, const std::function<void(int)>& before_change);

/// Copies the whole database, whatever is in `target` now.
void copy_database(SQLite::Database& source, SQLite::Database& target);

}  // namespace cai
