#include <unistd.h>

#include <thread>

#include "cai/base/process_identity.hpp"
#include "cai/base/text.hpp"
#include "cai/run/record.hpp"
#include "cli/commands/commands.hpp"
#include "cli/runs.hpp"
#include "cli/subject.hpp"
#include "cli/survey.hpp"

namespace cai {
namespace {

constexpr int most_lines = 1'000'000'000;
/// Files cannot tell another process that they grew without more machinery than this is worth.
constexpr std::chrono::milliseconds follow_interval(100);

LogRequest log_request(App& app) {
  const auto& invocation = app.invocation();
  LogRequest request;
  request.follow = invocation.flag("follow");
  if (const auto text = invocation.option("lines")) {
    const auto lines = parse_integer(*text);
    if (!lines || *lines < 1 || *lines > most_lines)
      throw Error(ErrorKind::usage, "-n takes a number from 1");
    request.lines = static_cast<int>(*lines);
  }
  if (const auto text = invocation.option("since")) {
    const auto age = parse_age(*text);
    request.since = age ? std::optional<Timestamp>(app.clock().now() - *age) : parse_rfc3339(*text);
    if (!request.since) {
      throw Error(ErrorKind::usage,
                  "--since takes an age or a moment, for example 10m or 2026-01-16T10:00:00Z");
    }
  }
  return request;
}

/// Data, whichever stream it came on: what the container wrote, byte for byte.
OutputTap printer(App& app) {
  return [&app](OutputStream stream, std::string_view piece) {
    if (stream == OutputStream::output) {
      app.console().data(piece);
    } else {
      app.console().error_data(piece);
    }
  };
}

void print_container(App& app, const ContainerId& id, const LogRequest& request) {
  app.engine().read_logs(id, request, printer(app));
}

bool has_ended(App& app, const RunId& id) {
  for (const auto& row : app.store(Store::Mode::read_only).runs()) {
    if (row.id != id) continue;
    const auto owner = parse_process_identity(row.owner);
    return !row.finished_at.empty() || !owner ||
           liveness_of(*owner, this_process_identity()) == Liveness::dead;
  }
  return true;
}

void print_run(App& app, const RunView& run, LogRequest request) {
  OutputReader reader(run_directory(app.paths(), run.row.id));
  const auto print = printer(app);
  bool ended = !request.follow || has_ended(app, run.row.id);
  if (!reader.read(request, print)) {
    if (run.container) return print_container(app, run.container->id, request);
    throw Error(ErrorKind::not_found, "the output of run " + run.row.id.value + " is not there any more");
  }
  request.lines.reset();  // those were the last so many before now
  while (!ended && !app.console().output_closed()) {
    std::this_thread::sleep_for(follow_interval);
    // Asked before reading: what comes between the two is read.
    ended = has_ended(app, run.row.id);
    reader.read(request, print);
  }
}

/// The record is enough to read the output; an engine that is down must not hide it.
std::vector<RunView> known_runs(App& app) {
  try {
    return survey_runs(app);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::engine_unreachable) throw;
    return view_runs(app, {});
  }
}

}  // namespace

int logs_command(App& app) {
  const auto request = log_request(app);
  const auto word = app.invocation().positional(0);
  app.store(Store::Mode::read_only);
  if (const auto row = find_row(app, word)) {
    const auto view = survey_one(app, *row);
    if (!view.details) {
      throw Error(ErrorKind::not_found, row->name + " has no container, and so no output")
          .hint("`cai log` shows what cai itself did");
    }
    print_container(app, view.details->container.id, request);
    return 0;
  }
  if (!word) throw no_workspace(app, word);
  const auto run = find_run(known_runs(app), *word);
  if (!run) {
    throw Error(ErrorKind::not_found, "there is no workspace or run \"" + escape_for_terminal(*word) + "\"")
        .hint("`cai list` shows what there is");
  }
  print_run(app, *run, request);
  return 0;
}

}  // namespace cai
