#include "cai/store/store.hpp"

#include "store/connection.hpp"
#include "store/sql.hpp"
#include "store/workspace_rows.hpp"

namespace cai {
namespace {

std::optional<WorkspaceRow> find_one(StoreDatabase& store, const std::string& condition,
                                     const std::vector<std::string>& arguments) {
  return store.read("looking for a workspace",
                    [&](const SQLite::Database& database) -> std::optional<WorkspaceRow> {
                      auto rows = select_workspaces(database, store.file(), condition, arguments);
                      if (rows.empty()) return std::nullopt;
                      return std::move(rows.front());
                    });
}

}  // namespace

Store Store::open(const std::filesystem::path& file, Mode mode, const Clock& clock) {
  return Store(std::unique_ptr<Connection>(new Connection{
      mode == Mode::read_write ? StoreDatabase::open_read_write(file) : StoreDatabase::open_read_only(file),
      clock}));
}

Store::Store(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

std::optional<WorkspaceRow> Store::find(const EngineId& engine, const WorkspaceKey& key) const {
  return find_one(connection_->database, "engine = ? AND root = ? AND branch = ? AND variant = ?",
                  {engine.value, key.root, key.branch, key.variant});
}

std::optional<WorkspaceRow> Store::find(const WorkspaceId& id) const {
  return find_one(connection_->database, "id = ?", {id.value});
}

std::optional<WorkspaceRow> Store::find_by_name(const std::string& name) const {
  return find_one(connection_->database, "name = ?", {name});
}

std::vector<WorkspaceRow> Store::workspaces() const {
  auto& store = connection_->database;
  return store.read("reading the workspaces", [&](const SQLite::Database& database) {
    return select_workspaces(database, store.file(), "TRUE", {});
  });
}

std::vector<FormerVolume> Store::former_volumes() const {
  return connection_->database.read("reading the former volumes", [](const SQLite::Database& database) {
    // A volume that came into use again is not a former one: whoever removes former volumes must not see it.
    auto statement =
        sql::prepare(database,
                     "SELECT volume, engine, workspace, workspace_name, retired_at FROM former_volumes "
                     "WHERE volume NOT IN (SELECT volume FROM workspaces) ORDER BY retired_at, volume");
    std::vector<FormerVolume> volumes;
    while (statement.executeStep()) {
      volumes.push_back({.volume = statement.getColumn(0).getString(),
                         .engine = {statement.getColumn(1).getString()},
                         .workspace = {statement.getColumn(2).getString()},
                         .workspace_name = statement.getColumn(3).getString(),
                         .retired_at = statement.getColumn(4).getString()});
    }
    return volumes;
  });
}

void Store::forget_former_volume(const EngineId& engine, const std::string& volume) {
  connection_->database.write("forgetting a former volume", [&](const SQLite::Database& database) {
    sql::execute(database, "DELETE FROM former_volumes WHERE engine = ? AND volume = ?", engine.value,
                 volume);
  });
}

std::optional<KnownEngine> Store::known_engine(const std::string& endpoint_url) const {
  return connection_->database.read(
      "reading what is known of an engine",
      [&](const SQLite::Database& database) -> std::optional<KnownEngine> {
        auto statement = sql::prepare(database, "SELECT engine, api_version FROM engines WHERE endpoint = ?",
                                      endpoint_url);
        if (!statement.executeStep()) return std::nullopt;
        return KnownEngine{{statement.getColumn(0).getString()}, statement.getColumn(1).getString()};
      });
}

void Store::remember_engine(const std::string& endpoint_url, const KnownEngine& engine) {
  connection_->database.write("remembering an engine", [&](const SQLite::Database& database) {
    sql::execute(database,
                 "INSERT INTO engines (endpoint, engine, api_version, seen_at) VALUES (?1, ?2, ?3, ?4) "
                 "ON CONFLICT (endpoint) DO UPDATE SET engine = ?2, api_version = ?3, seen_at = ?4",
                 endpoint_url, engine.id.value, engine.api_version, connection_->now());
  });
}

bool Store::is_trusted(const std::string& path, const std::string& sha256) const {
  return connection_->database.read("looking for an approval", [&](const SQLite::Database& database) {
    return sql::exists(database, "SELECT 1 FROM trusted_files WHERE path = ? AND sha256 = ?", path, sha256);
  });
}

void Store::trust(const std::string& path, const std::string& sha256) {
  connection_->database.write("storing an approval", [&](const SQLite::Database& database) {
    sql::execute(database,
                 "INSERT INTO trusted_files (path, sha256, trusted_at) VALUES (?1, ?2, ?3) "
                 "ON CONFLICT (path) DO UPDATE SET sha256 = ?2, trusted_at = ?3",
                 path, sha256, connection_->now());
  });
}

}  // namespace cai
