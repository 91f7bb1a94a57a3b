#include "cli/inside.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <thread>

#include "cai/base/text.hpp"
#include "cai/run/signals.hpp"
#include "cli/home_on_create.hpp"

namespace cai {
namespace {

constexpr const char* enter_program = "/usr/local/lib/containai/enter";

std::vector<std::string> enter_argv(const InsideCommand& command) {
  std::vector<std::string> argv = {enter_program, command.directory};
  argv.insert(argv.end(), command.argv.begin(), command.argv.end());
  return argv;
}

Error session_error(const SessionResult& result, const std::string& name) {
  const auto message = escape_for_terminal(trim(result.message));
  switch (result.failure) {
    case SessionResult::Failure::host_key:
      return Error(ErrorKind::ssh_host_key,
                   "something that is not " + name + " answers on its port: " + message)
          .hint("see who listens there; `cai --fresh` makes a new container");
    case SessionResult::Failure::authentication:
      return Error(ErrorKind::ssh_connect, name + " does not accept our key: " + message)
          .hint("`cai --fresh` makes a new container with the key in place");
    default:
      return Error(ErrorKind::ssh_connect, "no SSH connection to " + name + ": " + message)
          .hint("`cai plan` shows what is wrong; `cai --fresh` makes a new container");
  }
}

/// Closing an exec leaves its process running inside; it is found by the mark in its environment.
void end_marked_process(Engine& engine, const ContainerId& container, const std::string& mark) {
  const std::string script = "for p in /proc/[0-9]*; do grep -qzx 'CAI_EXEC=" + mark +
                             "' $p/environ 2>/dev/null && kill ${p#/proc/}; done; true";
  engine.execute(
      container,
      {.command = {"/bin/sh", "-c", script}, .environment = {}, .user = "", .working_directory = "/"},
      Deadline::in(std::chrono::seconds(5)));
}

/// What -e said for the workspace, then what the caller's own environment has of `env.import`.
std::map<std::string, std::string> session_variables(App& app, const Ready& ready) {
  auto variables = ready.row.choices.environment;
  variables.merge(imported_variables(app));
  return variables;
}

/// JSON carries UTF-8 only; ssh carries any byte.
bool fits_json(App& app, const Ready& ready, const InsideCommand& command) {
  return std::ranges::all_of(command.argv, [](const std::string& word) { return is_utf8(word); }) &&
         std::ranges::all_of(session_variables(app, ready),
                             [](const auto& variable) { return is_utf8(variable.second); });
}

SessionRequest session_request(App& app, const Ready& ready, const InsideCommand& command) {
  SessionRequest request;
  request.target = make_ssh_target(ready.row, ready.options);
  request.remote_command = "exec " + shell_join(enter_argv(command));
  request.terminal = app.console().input_is_terminal() && app.console().output_is_terminal();
  request.environment = session_variables(app, ready);
  return request;
}

std::optional<int> execute_through_engine(App& app, const Ready& ready, const InsideCommand& command) {
  ExecRequest request;
  request.command = enter_argv(command);
  for (const auto& [name, value] : session_variables(app, ready))
    request.environment.push_back(name + "=" + value);
  const auto mark = random_hex(8);
  request.environment.push_back("CAI_EXEC=" + mark);
  // In the sudo and system profiles PID 1 is root; the person is not.
  if (ready.options.profile != Profile::strict) {
    request.user = std::to_string(ready.options.uid) + ":" + std::to_string(ready.options.gid);
  }
  const SignalWatch watch;
  const auto code = app.engine().execute_streaming(
      ready.row.container, request, {.input = 0, .output = 1, .error = 2}, SignalWatch::asks_to_stop);
  if (!SignalWatch::asks_to_stop()) return code;
  end_marked_process(app.engine(), ready.row.container, mark);
  return 128 + SignalWatch::received();
}

bool runs(App& app, const Ready& ready) {
  const auto details = app.engine().inspect_container(ready.row.container.value);
  return details && details->container.state == ContainerState::running;
}

/// Whoever is inside when somebody stops the workspace hears it from nobody: the engine says 126 or a
/// signal's code, ssh says 255, and a command of one's own may say all of these as well. The processes end a
/// moment before their container has.
int explained(App& app, const Ready& ready, int code) {
  static constexpr std::array ends_of_containers = {126, 128 + SIGHUP, 128 + SIGKILL, 128 + SIGTERM, 255};
  if (std::ranges::find(ends_of_containers, code) == ends_of_containers.end()) return code;
  try {
    const auto deadline = Deadline::in(std::chrono::milliseconds(600));
    while (runs(app, ready)) {
      if (deadline.expired()) return code;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    app.console().warning(ready.row.name + " was stopped or made anew before the command had ended");
  } catch (const Error&) {
    return code;  // an engine that is gone: the exit code is all there is
  }
  return code;
}

}  // namespace

std::string inside_directory(App& app, const WorkspaceRow& row) {
  std::error_code error;
  const auto here = std::filesystem::canonical(subject_path(app), error);
  if (error) return row.key.root;
  const auto relative = here.lexically_relative(row.key.root);
  const bool within = !relative.empty() && *relative.begin() != "..";
  return within ? here.string() : row.key.root;
}

int go_inside(App& app, const BringUpRequest& request, Ready ready, const InsideCommand& command) {
  auto result = run_session(app.files(), session_request(app, ready, command));
  if (result.failure != SessionResult::Failure::none && ready.believed) {
    ready = bring_up(app, request, Belief::nothing);
    result = run_session(app.files(), session_request(app, ready, command));
  }
  if (result.failure != SessionResult::Failure::none) throw session_error(result, ready.row.name);
  return explained(app, ready, result.exit_code);
}

std::optional<int> execute_inside(App& app, const Ready& ready, const InsideCommand& command) {
  const bool terminal = app.console().input_is_terminal() && app.console().output_is_terminal();
  const bool needs_ssh = terminal || !fits_json(app, ready, command);
  if (needs_ssh || shared_connection_open(app.files(), ready.row.id)) {
    // A paused container would let ssh wait for ever; the engine refuses to execute in one by itself.
    if (ready.believed && !runs(app, ready)) return std::nullopt;
    const auto result = run_session(app.files(), session_request(app, ready, command));
    if (result.failure == SessionResult::Failure::none) return explained(app, ready, result.exit_code);
    if (needs_ssh) throw session_error(result, ready.row.name);
  }
  const auto code = execute_through_engine(app, ready, command);
  return code ? std::optional(explained(app, ready, *code)) : std::nullopt;
}

}  // namespace cai
