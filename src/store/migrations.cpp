#include "store/migrations.hpp"

#include <SQLiteCpp/Backup.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include "store/failures.hpp"
#include "store/sql.hpp"

namespace cai {

int schema_version(SQLite::Database& database, const std::filesystem::path& file, int newest) {
  const int application = database.execAndGet("PRAGMA application_id").getInt();
  const int version = database.execAndGet("PRAGMA user_version").getInt();
  if (application == store_application_id && version >= 1) {
    if (version > newest) throw newer_store(file, version, newest);
    return version;
  }
  // Without any content: made a moment ago by another cai, or by one that died before its first commit.
  const bool empty =
      application == 0 && version == 0 && !sql::exists(database, "SELECT 1 FROM sqlite_schema LIMIT 1");
  if (!empty) throw foreign_store(file);
  return 0;
}

void migrate(SQLite::Database& database, const std::filesystem::path& file,
             std::span<const Migration> migrations, const std::function<void(int)>& before_change) {
  const int newest = static_cast<int>(migrations.size());
  {
    // Two values are read; between them another cai could make its first commit, and the store would look
    // foreign.
    const SQLite::Transaction no_writer_meanwhile(database);
    if (schema_version(database, file, newest) == newest) return;
  }

  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  const int version = schema_version(database, file, newest);
  if (version == newest) return;
  if (version > 0) before_change(newest);
  for (const auto& [name, text] : migrations.subspan(static_cast<std::size_t>(version))) {
    database.exec(std::string(text));
  }
  database.exec(
      fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", store_application_id, newest));
  transaction.commit();
}

void copy_database(SQLite::Database& source, SQLite::Database& target) {
  SQLite::Backup backup(target, source);
  const int result = backup.executeStep(-1);
  if (result != SQLITE_DONE) throw SQLite::Exception("the copy is not complete", result);
}

}  // namespace cai
