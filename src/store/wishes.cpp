#include <fmt/format.h>

#include "cai/base/text.hpp"
#include "store/connection.hpp"
#include "store/ports.hpp"
#include "store/sql.hpp"
#include "store/workspace_rows.hpp"

namespace cai {
namespace {

constexpr std::size_t nonce_bytes = 8;

/// Updates the one row whose id is the last parameter. Another cai may have forgotten it meanwhile.
template <typename... Values>
void update_workspace(const SQLite::Database& database, const char* statement, const WorkspaceId& id,
                      const Values&... values) {
  if (sql::execute(database, statement, values..., id.value) == 1) return;
  throw Error(ErrorKind::not_found, "the workspace is no longer in the store")
      .hint("another cai has forgotten it meanwhile; run the command again");
}

void refuse_taken_name(const SQLite::Database& database, const std::filesystem::path& file,
                       const std::string& name) {
  const auto holders = select_workspaces(database, file, "name = ?", {name});
  if (holders.empty()) return;
  const auto& key = holders.front().key;
  throw Error(ErrorKind::refused,
              fmt::format("the name {} belongs to the workspace {} on {}", escape_for_terminal(name),
                          escape_for_terminal(key.root), escape_for_terminal(key.branch)))
      .hint("choose another name with --container");
}

WorkspaceRow new_row(const NewWorkspace& workspace, const std::string& name, std::string now) {
  WorkspaceRow row;
  row.id = workspace.id;
  row.engine = workspace.engine;
  row.key = workspace.key;
  row.repository = workspace.repository;
  row.name = name;
  row.keep = workspace.keep;
  row.choices = workspace.choices;
  row.volume = workspace.volume.value_or(name + "-data" + workspace.volume_suffix);
  // A volume that somebody chose need not be ours, so no label of it can be asked for.
  if (!workspace.volume) row.volume_id = random_hex(nonce_bytes);
  row.created_at = std::move(now);
  return row;
}

/// A volume that the workspace has now becomes a former one: of this workspace, whoever had it before.
void retire_volume(const SQLite::Database& database, const WorkspaceId& id, const std::string& now) {
  sql::execute(database,
               "DELETE FROM former_volumes WHERE (volume, engine) IN "
               "(SELECT volume, engine FROM workspaces WHERE id = ?)",
               id.value);
  sql::execute(
      database,
      "INSERT INTO former_volumes (volume, engine, workspace, workspace_name, retired_at) "
      "SELECT volume, engine, id, name, ?1 FROM workspaces WHERE id = ?2 "
      "ON CONFLICT DO UPDATE SET workspace_name = excluded.workspace_name, retired_at = excluded.retired_at",
      now, id.value);
}

}  // namespace

WorkspaceRow Store::add(
    const NewWorkspace& workspace,
    const std::function<std::string(const std::function<bool(const std::string&)>&)>& choose_name,
    const std::function<bool(int)>& port_is_free) {
  const auto& file = connection_->database.file();
  return connection_->database.write(
      "adding a workspace to the store", [&](const SQLite::Database& database) {
        auto known = select_workspaces(
            database, file, "engine = ? AND root = ? AND branch = ? AND variant = ?",
            {workspace.engine.value, workspace.key.root, workspace.key.branch, workspace.key.variant});
        if (!known.empty()) return std::move(known.front());

        const auto name = choose_name([&](const std::string& candidate) {
          return sql::exists(database, "SELECT 1 FROM workspaces WHERE name = ?", candidate);
        });
        refuse_taken_name(database, file, name);
        auto row = new_row(workspace, name, connection_->now());
        row.port = lowest_free_port(database, workspace.ports, port_is_free);
        insert_workspace(database, row, OnConflict::fail);
        return row;
      });
}

bool Store::adopt(const WorkspaceRow& row) {
  return connection_->database.write("taking over a workspace", [&](const SQLite::Database& database) {
    auto adopted = row;
    if (adopted.created_at.empty()) adopted.created_at = connection_->now();
    // Labels can be forged: a row that the schema does not accept is no more ours than one whose place is
    // taken.
    return insert_workspace(database, adopted, OnConflict::ignore);
  });
}

void Store::set_wanted(const WorkspaceId& id, Wanted wanted) {
  connection_->database.write("storing a wish", [&](const SQLite::Database& database) {
    update_workspace(database, "UPDATE workspaces SET wanted = ? WHERE id = ?", id,
                     std::string(to_string(wanted)));
  });
}

void Store::set_keep(const WorkspaceId& id, bool keep) {
  connection_->database.write("storing a wish", [&](const SQLite::Database& database) {
    update_workspace(database, "UPDATE workspaces SET keep = ? WHERE id = ?", id, keep);
  });
}

void Store::set_choices(const WorkspaceId& id, const Choices& choices) {
  connection_->database.write("storing choices", [&](const SQLite::Database& database) {
    const auto profile =
        choices.profile ? std::optional(std::string(to_string(*choices.profile))) : std::nullopt;
    update_workspace(database,
                     "UPDATE workspaces SET template_name = ?, memory_bytes = ?, nano_cpus = ?, profile = ?, "
                     "chosen_volume = ? WHERE id = ?",
                     id, choices.template_name, choices.memory_bytes, choices.nano_cpus, profile,
                     choices.volume);
    replace_environment(database, id, choices.environment);
  });
}

// A generation never goes back: if another cai has already wished for a newer edition, that wish includes
// this one.

void Store::set_generation(const WorkspaceId& id, std::int64_t generation) {
  connection_->database.write("storing a wish", [&](const SQLite::Database& database) {
    update_workspace(database, "UPDATE workspaces SET generation = max(generation, ?) WHERE id = ?", id,
                     generation);
  });
}

void Store::replace_volume(const WorkspaceId& id, std::int64_t generation, const std::string& volume) {
  connection_->database.write("replacing a volume", [&](const SQLite::Database& database) {
    retire_volume(database, id, connection_->now());
    update_workspace(database,
                     "UPDATE workspaces SET generation = max(generation, ?), volume = ?, volume_id = ?, "
                     "volume_confirmed = 0 WHERE id = ?",
                     id, generation, volume, random_hex(nonce_bytes));
  });
}

void Store::take_over_volume(const WorkspaceId& id, std::int64_t generation, const std::string& volume,
                             const std::string& volume_id) {
  connection_->database.write("taking over a volume", [&](const SQLite::Database& database) {
    const bool had_one = sql::exists(
        database, "SELECT 1 FROM workspaces WHERE id = ? AND (volume_confirmed = 1 OR volume_id = '')",
        id.value);
    if (had_one) retire_volume(database, id, connection_->now());
    update_workspace(database,
                     "UPDATE workspaces SET generation = max(generation, ?), volume = ?, volume_id = ?, "
                     "volume_confirmed = 1 WHERE id = ?",
                     id, generation, volume, volume_id);
  });
}

int Store::replace_port(const WorkspaceId& id, std::int64_t generation, PortRange range,
                        const std::function<bool(int)>& port_is_free) {
  return connection_->database.write("replacing a port", [&](const SQLite::Database& database) {
    const int port = lowest_free_port(database, range, port_is_free);
    update_workspace(database, "UPDATE workspaces SET generation = max(generation, ?), port = ? WHERE id = ?",
                     id, generation, port);
    return port;
  });
}

void Store::confirm_volume(const WorkspaceId& id) {
  connection_->database.write("confirming a volume", [&](const SQLite::Database& database) {
    update_workspace(database, "UPDATE workspaces SET volume_confirmed = 1 WHERE id = ?", id);
  });
}

void Store::adopt_volume(const WorkspaceId& id, const std::string& volume_id) {
  connection_->database.write("taking over a volume", [&](const SQLite::Database& database) {
    update_workspace(database, "UPDATE workspaces SET volume_id = ?, volume_confirmed = 1 WHERE id = ?", id,
                     volume_id);
  });
}

void Store::set_converged(const WorkspaceId& id, const ContainerId& container,
                          const std::string& specification_hash) {
  connection_->database.write("storing what was reached", [&](const SQLite::Database& database) {
    update_workspace(database, "UPDATE workspaces SET container = ?, converged_hash = ? WHERE id = ?", id,
                     container.value, specification_hash);
  });
}

void Store::forget(const WorkspaceId& id) {
  connection_->database.write("forgetting a workspace", [&](const SQLite::Database& database) {
    // Both do nothing for a workspace that another cai has forgotten already: absent is what was asked for.
    retire_volume(database, id, connection_->now());
    sql::execute(database, "DELETE FROM workspaces WHERE id = ?", id.value);
  });
}

}  // namespace cai
