#include "cli/sessions_question.hpp"

#include <fmt/format.h>

#include "cli/live.hpp"

namespace cai {
namespace {

std::string in_use(const std::string& name, const LiveFigures& sessions) {
  return fmt::format("container {} has active sessions (SSH connections: {}, terminals: {})", name,
                     sessions.ssh_connections.value_or(0), sessions.active_terminals.value_or(0));
}

}  // namespace

void require_no_sessions(App& app, const WorkspaceRow& row, const std::string& question,
                         const std::string& refusal) {
  if (app.invocation().flag("force")) return;
  release_shared_connection(app.files(), make_ssh_target(row, {}));
  const auto details = app.engine().inspect_container(row.container.empty() ? row.name : row.container.value);
  if (!details || details->container.state != ContainerState::running) return;
  const auto sessions = read_sessions(app.engine(), *details);
  if (sessions.ssh_connections.value_or(0) == 0 && sessions.active_terminals.value_or(0) == 0) return;
  app.console().warning(in_use(row.name, sessions));
  if (app.console().question(question)) return;
  throw Error(ErrorKind::refused, refusal)
      .hint("`--force` or `--yes`, whichever the command has, does it without asking");
}

}  // namespace cai
