#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <filesystem>
#include <string>
#include <type_traits>

#include "store/failures.hpp"

namespace cai {

/// Copies the last committed state to "<file>.before-<next_version>", for the day a migration turns out to be
/// wrong.
void keep_copy(const std::filesystem::path& file, int next_version);

/// The opened file. All work with SQLite goes through read() and write(): they are the door of this room,
/// where SQLite's exceptions become Errors.
class StoreDatabase {
 public:
  /// Made, and migrated after a backup copy "<file>.before-<version>", when needed.
  static StoreDatabase open_read_write(const std::filesystem::path& file);
  /// The file is never written. One that is missing or older is read through a private copy in memory.
  static StoreDatabase open_read_only(const std::filesystem::path& file);

  /// `work(SQLite::Database&)`; one SELECT, or several inside a transaction of its own.
  template <typename Work>
  auto read(const char* doing, Work work) {
    try {
      return work(database_);
    } catch (const SQLite::Exception& exception) {
      throw std::move(to_error(exception, file_, sqlite3_system_errno(database_.getHandle())).during(doing));
    }
  }

  /// The same in one transaction that has the write lock from its beginning, so that what `work` reads stays
  /// true.
  template <typename Work>
  auto write(const char* doing, Work work) {
    return read(doing, [&](SQLite::Database& database) {
      SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
      if constexpr (std::is_void_v<decltype(work(database))>) {
        work(database);
        transaction.commit();
      } else {
        auto result = work(database);
        transaction.commit();
        return result;
      }
    });
  }

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  StoreDatabase(SQLite::Database database, std::filesystem::path file)
      : database_(std::move(database)), file_(std::move(file)) {}

  SQLite::Database database_;
  std::filesystem::path file_;
};

}  // namespace cai
