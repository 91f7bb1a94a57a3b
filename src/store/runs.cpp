#include "store/connection.hpp"
#include "store/failures.hpp"
#include "store/sql.hpp"

namespace cai {
namespace {

RunRow read_run(SQLite::Statement& statement, const std::filesystem::path& file) {
  const auto text = [&](int column) { return statement.getColumn(column).getString(); };
  const auto state = parse_run_state(text(9));
  if (!state) throw damaged_store(file, "a run has the state \"" + text(9) + "\"");
  RunRow row{.id = {text(0)},
             .engine = {text(1)},
             .name = text(2),
             .command = text(3),
             .root = text(4),
             .image = text(5),
             .container = {text(6)},
             .keep = statement.getColumn(7).getInt() != 0,
             .owner = text(8),
             .state = *state,
             .exit_code = {},
             .message = text(11),
             .created_at = text(12),
             .started_at = text(13),
             .finished_at = text(14)};
  if (!statement.getColumn(10).isNull()) row.exit_code = statement.getColumn(10).getInt();
  return row;
}

std::optional<std::int64_t> exit_code_of(const RunRow& row) {
  return row.exit_code ? std::optional<std::int64_t>(*row.exit_code) : std::nullopt;
}

}  // namespace

bool Store::add_run(RunRow& row) {
  row.created_at = connection_->now();
  return connection_->database.write("storing a run", [&](const SQLite::Database& database) {
    return sql::execute(database,
                        "INSERT INTO runs (id, engine, name, command, root, image, container, keep, owner, "
                        "state, exit_code, message, created_at, started_at, finished_at) "
                        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
                        row.id.value, row.engine.value, row.name, row.command, row.root, row.image,
                        row.container.value, static_cast<std::int64_t>(row.keep), row.owner,
                        std::string(to_string(row.state)), exit_code_of(row), row.message, row.created_at,
                        row.started_at, row.finished_at) == 1;
  });
}

void Store::update_run(const RunRow& row) {
  connection_->database.write("storing what became of a run", [&](const SQLite::Database& database) {
    sql::execute(database,
                 "UPDATE runs SET image = ?, container = ?, state = ?, exit_code = ?, message = ?, "
                 "started_at = ?, finished_at = ? WHERE id = ?",
                 row.image, row.container.value, std::string(to_string(row.state)), exit_code_of(row),
                 row.message, row.started_at, row.finished_at, row.id.value);
  });
}

std::vector<RunRow> Store::runs() const {
  auto& store = connection_->database;
  return store.read("reading the runs", [&](const SQLite::Database& database) {
    auto statement = sql::prepare(
        database,
        "SELECT id, engine, name, command, root, image, container, keep, owner, state, exit_code, message, "
        "created_at, started_at, finished_at FROM runs ORDER BY created_at DESC, id");
    std::vector<RunRow> rows;
    while (statement.executeStep()) rows.push_back(read_run(statement, store.file()));
    return rows;
  });
}

void Store::forget_run(const RunId& id) {
  connection_->database.write("forgetting a run", [&](const SQLite::Database& database) {
    sql::execute(database, "DELETE FROM runs WHERE id = ?", id.value);
  });
}

}  // namespace cai
