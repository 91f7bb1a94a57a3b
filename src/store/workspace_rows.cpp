#include "store/workspace_rows.hpp"

#include <fmt/format.h>

#include "store/failures.hpp"
#include "store/sql.hpp"

namespace cai {
namespace {

// The order of these columns is the order in which read_row() takes them and insert_workspace() gives them.
constexpr const char* columns =
    "id, engine, root, branch, variant, repository, name, generation, wanted, keep, template_name, "
    "memory_bytes, "
    "nano_cpus, profile, chosen_volume, volume, volume_id, volume_confirmed, port, container, "
    "converged_hash, "
    "created_at";
constexpr int column_count = 22;

/// Takes the columns of one result row from left to right.
class RowReader {
 public:
  RowReader(SQLite::Statement& statement, const std::filesystem::path& file)
      : statement_(statement), file_(file) {}

  std::string text() { return next().getString(); }
  bool flag() { return next().getInt() != 0; }
  std::int64_t integer(std::int64_t minimum, std::int64_t maximum) {
    const std::int64_t value = next().getInt64();
    if (value < minimum || value > maximum) throw damaged_store(file_, fmt::format("the number {}", value));
    return value;
  }
  std::optional<std::string> optional_text() {
    const auto column = next();
    return column.isNull() ? std::nullopt : std::optional(column.getString());
  }
  std::optional<std::int64_t> optional_integer() {
    const auto column = next();
    return column.isNull() ? std::nullopt : std::optional<std::int64_t>(column.getInt64());
  }
  /// A word that `parse` must know.
  template <typename Parse>
  auto word(Parse parse) {
    const auto value = text();
    const auto parsed = parse(value);
    if (!parsed) throw damaged_store(file_, fmt::format("the word \"{}\"", value));
    return *parsed;
  }
  template <typename Parse>
  auto optional_word(Parse parse) -> decltype(parse(std::string_view())) {
    if (statement_.getColumn(index_).isNull()) {
      ++index_;
      return std::nullopt;
    }
    return word(parse);
  }

 private:
  SQLite::Column next() { return statement_.getColumn(index_++); }

  SQLite::Statement& statement_;
  const std::filesystem::path& file_;
  int index_ = 0;
};

WorkspaceRow read_row(SQLite::Statement& statement, const std::filesystem::path& file) {
  RowReader reader(statement, file);
  WorkspaceRow row;
  row.id.value = reader.text();
  row.engine.value = reader.text();
  row.key.root = reader.text();
  row.key.branch = reader.text();
  row.key.variant = reader.text();
  row.repository = reader.text();
  row.name = reader.text();
  row.generation = reader.integer(1, INT64_MAX);
  row.wanted = reader.word(parse_wanted);
  row.keep = reader.flag();
  row.choices.template_name = reader.optional_text();
  row.choices.memory_bytes = reader.optional_integer();
  row.choices.nano_cpus = reader.optional_integer();
  row.choices.profile = reader.optional_word(parse_profile);
  row.choices.volume = reader.optional_text();
  row.volume = reader.text();
  row.volume_id = reader.text();
  row.volume_confirmed = reader.flag();
  row.port = static_cast<int>(reader.integer(1, UINT16_MAX));
  row.container.value = reader.text();
  row.converged_hash = reader.text();
  row.created_at = reader.text();
  return row;
}

std::optional<std::string> word_of(const std::optional<Profile>& profile) {
  return profile ? std::optional(std::string(to_string(*profile))) : std::nullopt;
}

}  // namespace

std::vector<WorkspaceRow> select_workspaces(const SQLite::Database& database,
                                            const std::filesystem::path& file, const std::string& condition,
                                            const std::vector<std::string>& arguments) {
  SQLite::Statement statement(
      database, fmt::format("SELECT {}, variable, value FROM workspaces w LEFT JOIN "
                            "workspace_environment e ON e.workspace = w.id WHERE {} ORDER BY name, "
                            "variable",
                            columns, condition));
  int index = 0;
  for (const auto& argument : arguments) sql::bind_one(statement, ++index, argument);

  std::vector<WorkspaceRow> rows;
  while (statement.executeStep()) {
    // A workspace comes once for each of its variables, and once if it has none.
    if (rows.empty() || rows.back().id.value != statement.getColumn(0).getString()) {
      rows.push_back(read_row(statement, file));
    }
    const auto variable = statement.getColumn(column_count);
    if (variable.isNull()) continue;
    rows.back().choices.environment[variable.getString()] = statement.getColumn(column_count + 1).getString();
  }
  return rows;
}

bool insert_workspace(const SQLite::Database& database, const WorkspaceRow& row, OnConflict on_conflict) {
  const auto text = fmt::format(
      "INSERT {} INTO workspaces ({}) VALUES "
      "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      on_conflict == OnConflict::ignore ? "OR IGNORE" : "", columns);
  const int inserted = sql::execute(
      database, text.c_str(), row.id.value, row.engine.value, row.key.root, row.key.branch, row.key.variant,
      row.repository, row.name, row.generation, std::string(to_string(row.wanted)), row.keep,
      row.choices.template_name, row.choices.memory_bytes, row.choices.nano_cpus,
      word_of(row.choices.profile), row.choices.volume, row.volume, row.volume_id, row.volume_confirmed,
      row.port, row.container.value, row.converged_hash, row.created_at);
  if (inserted == 0) return false;
  replace_environment(database, row.id, row.choices.environment);
  return true;
}

void replace_environment(const SQLite::Database& database, const WorkspaceId& id,
                         const std::map<std::string, std::string>& environment) {
  sql::execute(database, "DELETE FROM workspace_environment WHERE workspace = ?", id.value);
  for (const auto& [variable, value] : environment) {
    sql::execute(database, "INSERT INTO workspace_environment (workspace, variable, value) VALUES (?, ?, ?)",
                 id.value, variable, value);
  }
}

}  // namespace cai
