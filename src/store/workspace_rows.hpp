#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cai/store/store.hpp"

namespace cai {

/// The workspaces for which the SQL `condition` on `w` holds, ordered by name. `arguments` are its
/// parameters. One statement, hence one state of the database. Throws Error(failed) for values that cai never
/// writes.
std::vector<WorkspaceRow> select_workspaces(const SQLite::Database& database,
                                            const std::filesystem::path& file, const std::string& condition,
                                            const std::vector<std::string>& arguments);

/// What to do with a row that the constraints of the schema do not accept.
enum class OnConflict { fail, ignore };
/// False: ignored, and nothing was written.
bool insert_workspace(const SQLite::Database& database, const WorkspaceRow& row, OnConflict on_conflict);

void replace_environment(const SQLite::Database& database, const WorkspaceId& id,
                         const std::map<std::string, std::string>& environment);

}  // namespace cai
