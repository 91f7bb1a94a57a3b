#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "cai/agent/passthrough.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "cli/boxes.hpp"
#include "cli/commands/commands.hpp"
#include "cli/exit_codes.hpp"

namespace cai {
namespace {

constexpr int could_not_start = 125;

std::string shown(const Json& value) {
  if (value.is_string()) return escape_for_terminal(value.get<std::string>());
  if (value.is_null()) return "-";
  return escape_for_terminal(dump_json(value));
}

/// Lists as lines of their fields, everything else as "key: value".
std::string as_text(const Json& result) {
  std::string text;
  for (const auto& [key, value] : result.items()) {
    const bool list_of_objects = value.is_array() && !value.empty() && value.front().is_object();
    if (value.is_object()) {
      text += fmt::format("{}:\n", key);
      for (const auto& [name, each] : value.items())
        text += fmt::format("  {}: {}\n", escape_for_terminal(name), shown(each));
    } else if (list_of_objects) {
      text += fmt::format("{}:\n", key);
      for (const auto& entry : value) {
        std::string line;
        for (const auto& [name, each] : entry.items()) {
          if (each.is_null() || each == "" || (each.is_array() && each.empty())) continue;
          line += fmt::format("{}{}={}", line.empty() ? "" : "  ", escape_for_terminal(name), shown(each));
        }
        text += "  " + line + "\n";
      }
    } else {
      text += fmt::format("{}: {}\n", key, shown(value));
    }
  }
  return text;
}

/// "a=b" -> {"a", "b"}; throws Error(usage) for anything else.
std::pair<std::string, std::string> key_and_value(std::string_view option, const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw Error(ErrorKind::usage,
                fmt::format("--{} takes KEY=VALUE, not \"{}\"", option, escape_for_terminal(text)));
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

Json mount_from(const std::string& text) {
  auto parts = split(text, ':');
  if (parts.size() == 2) parts.emplace_back("rw");
  if (parts.size() != 3) throw Error(ErrorKind::usage, "--mount takes HOST:INSIDE, or HOST:INSIDE:ro");
  return {{"host", parts[0]}, {"container", parts[1]}, {"mode", parts[2]}};
}

Json port_from(const std::string& text) {
  const auto parts = split(text, ':');
  const auto host = parse_integer(parts.front());
  const auto inside = parse_integer(parts.back());
  if (!host || !inside || parts.size() > 2)
    throw Error(ErrorKind::usage, "--port takes HOST:INSIDE, such as 8080:80");
  return {{"host", *host}, {"container", *inside}};
}

void add_texts(const Invocation& invocation, Json& arguments) {
  struct Named {
    std::string_view option;
    const char* parameter;
  };
  constexpr auto table = std::to_array<Named>({{"image", "image"},
                                               {"purpose", "purpose"},
                                               {"repo", "repo_url"},
                                               {"workdir", "workdir"},
                                               {"network", "network"},
                                               {"memory", "memory_limit"},
                                               {"dotfiles", "dotfiles_repo"}});
  for (const auto& each : table) {
    if (const auto value = invocation.option(each.option)) arguments[each.parameter] = *value;
  }
}

/// What the options of `cai box create` and `restore` say, as the tool's arguments.
void add_box_options(const Invocation& invocation, Json& arguments) {
  add_texts(invocation, arguments);
  for (const auto& text : invocation.values("mount")) arguments["mounts"].push_back(mount_from(text));
  for (const auto& text : invocation.values("port")) arguments["ports"].push_back(port_from(text));
  for (const auto& text : invocation.values("setup")) arguments["setup_commands"].push_back(text);
  for (const auto& text : invocation.values("env")) {
    const auto [key, value] = key_and_value("env", text);
    arguments["env"][key] = value;
  }
  if (const auto words = invocation.option("env-passthrough")) {
    arguments["env_passthrough"] = passthrough_mode(*words);
  }
  if (const auto cpus = invocation.option("cpus")) {
    const Json number = parse_json(*cpus);
    if (!number.is_number()) throw Error(ErrorKind::usage, "--cpus takes a number, such as 2 or 1.5");
    arguments["cpu_limit"] = number;
  }
  if (invocation.flag("no-cwd")) arguments["mount_cwd"] = false;
  for (const auto& text : invocation.values("set")) {
    const auto [key, value] = key_and_value("set", text);
    const Json read = parse_json(value);
    arguments[key] = read.is_discarded() ? Json(value) : read;
  }
}

int answer(App& app, const Json& arguments) {
  const auto session = make_box_session(app, {});
  CallHooks hooks;
  hooks.progress = [&](const std::string& text) { app.console().progress(escape_for_terminal(text)); };
  std::optional<ErrorKind> kind;
  const Json result = session->call(arguments, hooks, &kind);
  const bool failed = result.contains("error");
  if (failed && !app.invocation().flag("json")) {
    Error error(kind.value_or(ErrorKind::failed), result["error"].get<std::string>());
    if (result.contains("guidance")) error.hint(result["guidance"].get<std::string>());
    app.console().render_error(error);
  } else {
    app.console().data(app.invocation().flag("json") ? dump_json(result, 2) + "\n" : as_text(result));
  }
  if (!failed) return 0;
  const auto& operation = arguments["operation"];
  const bool starts = operation == "create" || operation == "restore";
  const bool own_code = kind && *kind != ErrorKind::failed && *kind != ErrorKind::start_failed;
  return starts && !own_code ? could_not_start : exit_code(kind.value_or(ErrorKind::failed));
}

/// The subcommands that are one operation with its words in order.
struct Plain {
  std::string_view subcommand;
  const char* operation;
  std::array<const char*, 3> positionals;
};
constexpr auto plain = std::to_array<Plain>({
    {"preflight", "preflight", {}},
    {"create", "create", {"name"}},
    {"restore", "restore", {"snapshot", "name"}},
    {"hint", "exec_interactive_hint", {"container"}},
    {"list", "list", {}},
    {"status", "status", {"container"}},
    {"destroy", "destroy", {"container"}},
    {"destroy-all", "destroy_all", {}},
    {"copy-in", "copy_in", {"container", "host_path", "container_path"}},
    {"copy-out", "copy_out", {"container", "container_path", "host_path"}},
    {"snapshot", "snapshot", {"container", "name"}},
    {"delete-snapshot", "delete_snapshot", {"name"}},
    {"create-network", "create_network", {"name"}},
    {"destroy-network", "destroy_network", {"name"}},
});

std::string read_standard_input() {
  std::string text;
  std::array<char, 65536> buffer;  // NOLINT: read fills it
  while (true) {
    const ssize_t count = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count == 0) return text;
    if (count < 0 && errno != EINTR) throw Error(ErrorKind::failed, "standard input cannot be read");
    if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace

int box_command(App& app) {
  const auto& invocation = app.invocation();
  for (const auto& each : plain) {
    if (each.subcommand != invocation.subcommand) continue;
    Json arguments = {{"operation", each.operation}};
    for (std::size_t i = 0; i < each.positionals.size() && each.positionals[i] != nullptr; ++i) {
      if (const auto word = invocation.positional(i)) arguments[each.positionals[i]] = *word;
    }
    if (each.subcommand == "create" || each.subcommand == "restore") add_box_options(invocation, arguments);
    if (each.subcommand == "status") arguments["health_check"] = true;
    if (each.subcommand == "destroy") arguments["force"] = invocation.flag("force");
    if (each.subcommand == "destroy-all") {
      if (!app.console().question("Stop and remove every box of this installation?")) {
        throw Error(ErrorKind::refused, "nothing was removed");
      }
      arguments["confirm"] = true;
    }
    return answer(app, arguments);
  }
  throw Error(ErrorKind::failed, "this subcommand of `cai box` has no operation: a defect of cai");
}

int box_exec_command(App& app) {
  const auto& invocation = app.invocation();
  const auto session = make_box_session(app, {});
  return session->exec_streaming(invocation.positional(0).value_or(""), shell_join(invocation.inner_command),
                                 invocation.flag("root"), {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO});
}

int box_call_command(App& app) {
  std::string text = app.invocation().positional(0).value_or("");
  if (text == "-") text = read_standard_input();
  const Json arguments = parse_json(text);
  if (arguments.is_discarded()) {
    throw Error(ErrorKind::usage, "`cai box call` takes the arguments of one call as JSON")
        .hint(R"(for example: cai box call '{"operation":"list"}')");
  }
  const auto session = make_box_session(app, {});
  std::optional<ErrorKind> kind;
  const Json result = session->call(arguments, {}, &kind);
  app.console().data(dump_json(result) + "\n");
  return result.contains("error") ? 1 : 0;
}

}  // namespace cai
