#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <optional>
#include <string>

namespace cai::sql {

// Text is bound with its length and read back as bytes, so that any byte survives, well-formed UTF-8 or not.
inline void bind_one(SQLite::Statement& statement, int index, const std::string& value) {
  statement.bind(index, value);
}
inline void bind_one(SQLite::Statement& statement, int index, std::int64_t value) {
  statement.bind(index, value);
}
template <typename Value>
void bind_one(SQLite::Statement& statement, int index, const std::optional<Value>& value) {
  if (value) {
    bind_one(statement, index, *value);
  } else {
    statement.bind(index);
  }
}

/// Compiles one statement and binds its parameters in order.
template <typename... Values>
SQLite::Statement prepare(const SQLite::Database& database, const char* text, const Values&... values) {
  SQLite::Statement statement(database, text);
  int index = 0;
  (bind_one(statement, ++index, values), ...);
  return statement;
}

/// Runs one statement that returns no rows; the number of rows it changed.
template <typename... Values>
int execute(const SQLite::Database& database, const char* text, const Values&... values) {
  return prepare(database, text, values...).exec();
}

/// Whether a query has any row.
template <typename... Values>
bool exists(const SQLite::Database& database, const char* text, const Values&... values) {
  return prepare(database, text, values...).executeStep();
}

}  // namespace cai::sql
