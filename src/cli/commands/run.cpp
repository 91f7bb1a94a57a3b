#include <sys/sysinfo.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "cai/base/text.hpp"
#include "cai/converge/images.hpp"
#include "cai/model/names.hpp"
#include "cai/run/run.hpp"
#include "cai/run/signals.hpp"
#include "cli/bring_up.hpp"
#include "cli/commands/commands.hpp"
#include "cli/detach.hpp"
#include "cli/exit_codes.hpp"
#include "cli/run_purpose.hpp"
#include "cli/subject.hpp"
#include "cli/sweep.hpp"

namespace cai {
namespace {

constexpr int not_started = 125;
constexpr auto only_with_rm = std::to_array<std::string_view>(
    {"image", "purpose", "env-passthrough", "name", "network", "timeout", "read-only", "mount-ro"});
constexpr auto never_with_rm = std::to_array<std::string_view>(
    {"fresh", "reset", "no-keep", "container", "profile", "volume", "dry-run"});

bool is_given(const Invocation& invocation, std::string_view option) {
  return invocation.flag(option) || invocation.option(option);
}

void refuse_options(const Invocation& invocation, std::span<const std::string_view> options,
                    const std::string& why) {
  for (const auto option : options) {
    if (is_given(invocation, option)) throw Error(ErrorKind::usage, "--" + std::string(option) + why);
  }
}

void check_usage(const Invocation& invocation) {
  refuse_options(invocation, never_with_rm, " is about a workspace, and --rm makes none");
  if (invocation.inner_command.empty()) {
    throw Error(ErrorKind::usage, "--rm needs a command to run")
        .hint("for example `cai run --rm -- make test`");
  }
  const bool both =
      invocation.option("image") && (invocation.option("template") || invocation.flag("rebuild"));
  if (both)
    throw Error(ErrorKind::usage, "--image names an image; there is no template to choose or to build");
  check_purpose(invocation);
  if (const auto name = invocation.option("name"); name && !is_valid_container_name(*name)) {
    throw Error(ErrorKind::usage, "\"" + escape_for_terminal(*name) + "\" is no container name")
        .hint("a name has 1 to 63 letters a-z, digits and dashes, and no dash at either end");
  }
}

std::optional<std::chrono::seconds> time_limit(const Invocation& invocation) {
  const auto text = invocation.option("timeout");
  if (!text) return std::nullopt;
  const bool in_seconds = text->ends_with('s');
  const auto number = in_seconds ? parse_integer(text->substr(0, text->size() - 1)) : std::nullopt;
  const auto limit = number ? std::optional(std::chrono::seconds(*number)) : parse_age(*text);
  constexpr std::chrono::hours longest(24 * 365);
  if (!limit || limit->count() <= 0 || *limit > longest) {
    throw Error(ErrorKind::usage, "--timeout takes a time, for example 90s, 10m or 2h");
  }
  return limit;
}

/// The host's own networks and other containers' are no walls at all.
std::string network(const Invocation& invocation) {
  auto name = invocation.option("network").value_or("");
  if (name.empty() && !invocation.option("network")) return name;
  if (!is_valid_volume_name(name) || name == "host") {
    throw Error(ErrorKind::usage, "--network takes none, bridge, or the name of a network");
  }
  return name;
}

/// Half of the host's, as a workspace has it. The engine is asked only when it is on another host.
std::int64_t default_memory(App& app) {
  struct sysinfo host = {};
  if (app.endpoint().kind == Endpoint::Kind::unix_socket && ::sysinfo(&host) == 0) {
    return static_cast<std::int64_t>(host.totalram) * host.mem_unit / 2;
  }
  return app.engine().information().memory_bytes / 2;
}

/// A process in the background would be stopped by reading from its terminal.
bool may_read_input(const Console& console) {
  return !console.input_is_terminal() || ::tcgetpgrp(STDIN_FILENO) == ::getpgrp();
}

void set_streams(App& app, RunRequest& request) {
  if (app.invocation().flag("detach")) return;
  const auto& console = app.console();
  const bool reads = may_read_input(console);
  request.terminal = reads && console.input_is_terminal() && console.output_is_terminal();
  request.terminal_type = app.environment().get("TERM").value_or("");
  request.streams = {.input = reads ? STDIN_FILENO : -1, .output = STDOUT_FILENO, .error = STDERR_FILENO};
}

/// The image of the template, built when it is not there.
void prepare_image(App& app, const WorkspaceOptions& options) {
  ConsoleEvents events(app.console());
  const bool rebuild = app.invocation().flag("rebuild");
  events.show_output(rebuild);
  const ImageShop shop{
      .engine = app.engine(), .paths = app.paths(), .instance = app.instance(), .events = events};
  const BoundedCalls bounded(app.engine(), {.interrupted = SignalWatch::asks_to_stop});
  if (rebuild) {
    const auto former = rebuild_template_image(shop, options.chosen, options);
    remove_former_image(shop, former, options.chosen);
    return;
  }
  if (app.engine().inspect_image(options.chosen.image)) return;
  app.console().notice("building image " + options.chosen.image);
  build_template_image(shop, options.chosen, options, BuildCache::use);
}

RunRequest make_request(App& app, const Subject& subject) {
  const auto& invocation = app.invocation();
  const auto choices = choices_from_flags(invocation);
  const auto options = resolve_options(app, subject, {}, choices);
  RunRequest request;
  request.name = invocation.option("name").value_or("");
  request.image = invocation.option("image").value_or(options.chosen.image);
  const bool from_template = !invocation.option("image") && !invocation.option("purpose");
  if (from_template) {
    request.template_name = options.chosen.name;
    request.own_entrypoint = false;  // it would start sshd
  }
  request.command = invocation.inner_command;
  request.root = subject.location.root.string();
  request.git_directory = subject.location.git_directory.string();
  std::error_code ignored;  // the root is where an unreadable directory leads to
  const auto here = std::filesystem::canonical(subject_path(app), ignored);
  const bool within = !ignored && *here.lexically_relative(subject.location.root).begin() != "..";
  request.directory = within ? here.string() : request.root;
  request.read_only_tree = invocation.flag("mount-ro");
  request.read_only_root = invocation.flag("read-only");
  request.keep = invocation.flag("keep");
  request.environment = choices.environment;
  pass_variables(app, request);
  request.memory_bytes = options.memory_bytes != 0 ? options.memory_bytes : default_memory(app);
  request.nano_cpus = options.nano_cpus;
  request.open_files = open_files_limit();
  request.network = network(invocation);
  request.time_limit = time_limit(invocation);
  request.uid = app.environment().uid;
  request.gid = app.environment().gid;
  set_streams(app, request);
  if (from_template) prepare_image(app, options);
  prepare_purpose(app, request);
  return request;
}

int run_ephemeral(App& app, const Detach& detach) {
  const SignalWatch watch;
  time_limit(app.invocation());
  network(app.invocation());
  choices_from_flags(app.invocation());
  auto& store = app.store(Store::Mode::read_write);
  const auto subject = make_subject(app, subject_path(app), Approval::ask);
  sweep_orphans(app);
  const auto engine = app.remembered_engine();
  const auto engine_id = engine ? *engine : app.ask_engine_id();
  const auto request = make_request(app, subject);
  auto& console = app.console();
  const RunShop shop{
      .engine = app.engine(),
      .store = store,
      .paths = app.paths(),
      .instance = app.instance(),
      .clock = app.clock(),
      .engine_id = engine_id,
      .owner = this_process_identity(),
      .received_signal = SignalWatch::received,
      .terminal_resized = SignalWatch::take_resize,
      .warn = [&](const std::string& text) { console.warning(escape_for_terminal(text)); },
      .progress = [&](std::string_view line) { console.progress(escape_for_terminal(line)); },
      .on_start =
          [&](const RunRow& row) {
            if (detach) {
              detach(row.id.value + "\n");
            } else {
              console.step("run " + row.id.value + "; `cai logs " + row.id.value +
                           "` shows its output again");
            }
          },
  };
  return run_once(shop, request);
}

/// 125 for everything that kept the command from starting, as other tools have it; what has a code of its own
/// in docs/reference/exit-codes.md keeps that.
int run_reported(App& app, const Detach& detach) {
  try {
    return run_ephemeral(app, detach);
  } catch (Error& error) {
    const auto kind = error.kind();
    const int signal = SignalWatch::received();
    if (signal != 0) return exit_code_of_signal(signal);
    app.console().render_error(error);
    const bool kept_from_starting = kind == ErrorKind::failed || kind == ErrorKind::start_failed ||
                                    kind == ErrorKind::not_found || kind == ErrorKind::busy;
    return kept_from_starting ? not_started : exit_code(kind);
  }
}

}  // namespace

int run_command(App& app) {
  const auto& invocation = app.invocation();
  if (!invocation.flag("rm")) {
    refuse_options(invocation, only_with_rm, " needs --rm");
    return attach_command(app);
  }
  check_usage(invocation);
  if (!invocation.flag("detach")) return run_reported(app, {});
  return run_detached([&](const Detach& detach) { return run_reported(app, detach); });
}

}  // namespace cai
