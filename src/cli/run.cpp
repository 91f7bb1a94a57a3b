#include "cai/cli/run.hpp"

#include <array>
#include <string_view>

#include "cli/app.hpp"
#include "cli/commands/commands.hpp"
#include "cli/console.hpp"
#include "cli/exit_codes.hpp"
#include "cli/invocation.hpp"

namespace cai {
namespace {

struct Handler {
  std::string_view command;
  std::string_view subcommand;
  int (*run)(App&);
};

constexpr auto handlers = std::to_array<Handler>({
    {"attach", "", attach_command},
    {"run", "", run_command},
    {"shell", "", attach_command},
    {"exec", "", exec_command},
    {"plan", "", plan_command},
    {"apply", "", apply_command},
    {"status", "", status_command},
    {"list", "", list_command},
    {"stop", "", stop_command},
    {"destroy", "", destroy_command},
    {"system", "images", system_images_command},
    {"system", "containers", system_containers_command},
    {"gc", "", gc_command},
    {"clean", "", clean_command},
    {"export", "", export_command},
    {"import", "", import_command},
    {"log", "", log_command},
    {"logs", "", logs_command},
    {"config", "get", config_get_command},
    {"config", "list", config_list_command},
    {"config", "set", config_set_command},
    {"config", "unset", config_unset_command},
    {"template", "list", template_list_command},
    {"template", "show", template_show_command},
    {"doctor", "", doctor_command},
    {"ssh", "cleanup", ssh_cleanup_command},
    {"ssh", "config", ssh_config_command},
    {"completion", "", completion_command},
    {"template", "build", template_build_command},
    {"template", "diff", template_diff_command},
    {"template", "new", template_new_command},
    {"mcp", "", mcp_command},
    {"box", "exec", box_exec_command},
    {"box", "call", box_call_command},
    {"box", "preflight", box_command},
    {"box", "create", box_command},
    {"box", "restore", box_command},
    {"box", "hint", box_command},
    {"box", "list", box_command},
    {"box", "status", box_command},
    {"box", "destroy", box_command},
    {"box", "destroy-all", box_command},
    {"box", "copy-in", box_command},
    {"box", "copy-out", box_command},
    {"box", "snapshot", box_command},
    {"box", "delete-snapshot", box_command},
    {"box", "create-network", box_command},
    {"box", "destroy-network", box_command},
    {"version", "", version_command},
    {"help", "", help_command},
});

int dispatch(App& app) {
  for (const auto& handler : handlers) {
    if (handler.command == app.invocation().command && handler.subcommand == app.invocation().subcommand) {
      return handler.run(app);
    }
  }
  throw Error(ErrorKind::failed,
              "the command " + app.invocation().command + " has no handler: this is a defect of cai");
}

}  // namespace

int run(const std::vector<std::string>& words, const Environment& environment) {
  Console console({}, environment);
  try {
    App app(environment, parse_invocation(words, environment.working_directory), console);
    return dispatch(app);
  } catch (const Error& error) {
    console.render_error(error);
    return exit_code(error.kind());
  } catch (const std::exception& error) {
    console.render_error(Error(ErrorKind::failed, error.what()));
    return exit_code(ErrorKind::failed);
  }
}

}  // namespace cai
