#include "store/connection.hpp"
#include "store/sql.hpp"

namespace cai {
namespace {

constexpr std::int64_t kept_entries = 10'000;

JournalEntry read_entry(SQLite::Statement& statement) {
  return {.id = statement.getColumn(0).getInt64(),
          .operation = statement.getColumn(1).getString(),
          .workspace = statement.getColumn(2).getString(),
          .step = statement.getColumn(3).getString(),
          .started_at = statement.getColumn(4).getString(),
          .finished_at = statement.getColumn(5).getString(),
          .outcome = statement.getColumn(6).getString(),
          .message = statement.getColumn(7).getString()};
}

}  // namespace

std::int64_t Store::journal_begin(const std::string& operation, const std::string& workspace,
                                  const std::string& step) {
  return connection_->database.write("writing the journal", [&](const SQLite::Database& database) {
    sql::execute(database, "INSERT INTO journal (operation, workspace, step, started_at) VALUES (?, ?, ?, ?)",
                 operation, workspace, step, connection_->now());
    const std::int64_t id = database.getLastInsertRowid();
    // Ids have no gaps: entries go only here, oldest first.
    sql::execute(database, "DELETE FROM journal WHERE id <= ?", id - kept_entries);
    return id;
  });
}

void Store::journal_end(std::int64_t id, const std::string& outcome, const std::string& message) {
  connection_->database.write("writing the journal", [&](const SQLite::Database& database) {
    // Nothing changes if 10,000 newer entries have pushed this one out meanwhile.
    sql::execute(database, "UPDATE journal SET finished_at = ?, outcome = ?, message = ? WHERE id = ?",
                 connection_->now(), outcome, message, id);
  });
}

bool Store::journal_close_dead(std::int64_t id, const std::string& message) {
  return connection_->database.write("writing the journal", [&](const SQLite::Database& database) {
    return sql::execute(database,
                        "UPDATE journal SET finished_at = ?, outcome = 'failed', message = ? "
                        "WHERE id = ? AND outcome IS NULL",
                        connection_->now(), message, id) > 0;
  });
}

std::vector<JournalEntry> Store::journal(int limit, const std::optional<std::string>& workspace) const {
  return connection_->database.read("reading the journal", [&](const SQLite::Database& database) {
    auto statement = sql::prepare(database,
                                  "SELECT * FROM (SELECT id, operation, workspace, step, started_at, "
                                  "coalesce(finished_at, ''), coalesce(outcome, ''), message FROM journal "
                                  "WHERE ?1 IS NULL OR workspace = ?1 ORDER BY id DESC LIMIT ?2) ORDER BY id",
                                  workspace, limit);
    std::vector<JournalEntry> entries;
    while (statement.executeStep()) entries.push_back(read_entry(statement));
    return entries;
  });
}

}  // namespace cai
