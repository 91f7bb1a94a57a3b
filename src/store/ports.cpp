#include "store/ports.hpp"

#include <fmt/format.h>

#include <map>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "store/sql.hpp"

namespace cai {
namespace {

using Holders = std::map<int, std::string>;

Holders holders_of(const SQLite::Database& database, PortRange range) {
  auto statement = sql::prepare(database, "SELECT port, name FROM workspaces WHERE port BETWEEN ? AND ?",
                                range.first, range.last);
  Holders holders;
  while (statement.executeStep()) {
    holders.emplace(statement.getColumn(0).getInt(), statement.getColumn(1).getString());
  }
  return holders;
}

Error every_port_taken(PortRange range, const Holders& holders) {
  std::vector<std::string> lines;
  for (const auto& [port, name] : holders)
    lines.push_back(fmt::format("{} {}", port, escape_for_terminal(name)));
  Error error(ErrorKind::refused, fmt::format("every port from {} to {} is taken", range.first, range.last));
  if (!lines.empty()) error.hint("held by workspaces: " + join(lines, ", "));
  error.hint("all others are in use by other programs")
      .hint("forget a workspace with `cai destroy NAME`, or widen the range of ports in the configuration");
  return error;
}

}  // namespace

int lowest_free_port(const SQLite::Database& database, PortRange range,
                     const std::function<bool(int)>& port_is_free) {
  const auto holders = holders_of(database, range);
  for (int port = range.first; port <= range.last; ++port) {
    if (!holders.contains(port) && port_is_free(port)) return port;
  }
  throw every_port_taken(range, holders);
}

}  // namespace cai
