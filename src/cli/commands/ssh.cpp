#include <fmt/format.h>

#include <map>
#include <set>

#include "cai/base/text.hpp"
#include "cai/ssh/upkeep.hpp"
#include "cli/commands/commands.hpp"
#include "cli/subject.hpp"
#include "cli/survey.hpp"

namespace cai {
namespace {

/// Every engine on which a container of ours may be, by address: an entry whose container runs under another
/// context is not gone. A context with an address that cai never speaks to can hold nothing of ours.
std::map<std::string, Endpoint> endpoints_to_ask(App& app) {
  std::map<std::string, Endpoint> endpoints;
  const auto& chosen = app.endpoint();
  endpoints.emplace(chosen.url(), chosen);
  if (app.invocation().option("context")) return endpoints;
  for (const auto& context : context_names(app.environment())) {
    try {
      auto endpoint = choose_endpoint(app.environment(), context);
      const auto url = endpoint.url();
      endpoints.emplace(url, std::move(endpoint));
    } catch (const Error& error) {
      app.console().notice("context " + escape_for_terminal(context) + " is left out: " + error.what());
    }
  }
  return endpoints;
}

/// The ids of all workspaces that have a container, stopped ones and other installations' too. Throws
/// Error(engine_unreachable) when one engine does not answer.
std::set<WorkspaceId> ids_on_engines(App& app) {
  std::set<WorkspaceId> ids;
  for (const auto& [url, endpoint] : endpoints_to_ask(app)) {
    try {
      const auto engine = make_docker_engine(endpoint);
      for (const auto& container :
           engine->list_containers({.labels = {{label::workspace_id, ""}}, .states = {}}))
        ids.insert({label_or_empty(container.labels, label::workspace_id)});
    } catch (Error& error) {
      throw std::move(error.during("asking which workspaces still exist")
                          .hint("nothing was removed: an engine that does not answer may still have them; "
                                "--context C asks only that engine"));
    }
  }
  return ids;
}

/// Traces first, then rows, then engines: a workspace that is made meanwhile is not among the traces.
std::vector<SshTraces> traces_of_the_gone(App& app) {
  auto traces = find_traces(app.paths());
  std::set<WorkspaceId> known;
  for (const auto& row : app.store(Store::Mode::read_only).workspaces()) known.insert(row.id);
  std::erase_if(traces, [&](const SshTraces& each) { return known.contains(each.id); });
  if (traces.empty()) return traces;
  const auto existing = ids_on_engines(app);
  std::erase_if(traces, [&](const SshTraces& each) { return existing.contains(each.id); });
  return traces;
}

std::string describe(const SshTraces& traces) {
  return traces.name.empty()
             ? "keys of " + traces.id.value
             : fmt::format("{} (entry, known hosts and keys of {})", traces.name, traces.id.value);
}

void remove_traces(const SshFiles& files, const SshTraces& traces) {
  if (!traces.name.empty()) {
    files.remove_entry(traces.name, traces.id);
  } else {
    files.remove_known_hosts(traces.id);
  }
  files.remove_keys(traces.id);
}

}  // namespace

int ssh_cleanup_command(App& app) {
  const auto gone = traces_of_the_gone(app);
  const bool dry_run = app.invocation().flag("dry-run");
  int failures = 0;
  for (const auto& traces : gone) {
    try {
      if (!dry_run) remove_traces(app.files(), traces);
      app.console().data(fmt::format("{} {}\n", dry_run ? "would remove" : "removed", describe(traces)));
    } catch (const Error& error) {
      app.console().render_error(error);
      ++failures;
    }
  }
  if (gone.empty()) app.console().notice("every entry and key belongs to a workspace that exists");
  return failures == 0 ? 0 : 1;
}

int ssh_config_command(App& app) {
  const auto name = app.invocation().positional(0);
  const auto row = find_row_or_labels(app, name);
  if (!row) throw no_workspace(app, name);
  auto target = make_ssh_target(*row, resolve_options(app, make_subject(app, *row), row->choices));
  // Values may be secret, and what is printed travels further than a file that only we can read.
  target.environment.clear();
  app.console().data(entry_text(target, app.files()));
  return 0;
}

}  // namespace cai
