#include "cli/command_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cai {
namespace {

using std::string_view;

constexpr OptionSpec all_option{.name = "all", .help = "Every workspace of this installation"};
constexpr OptionSpec container_option{
    .name = "container", .placeholder = "N", .help = "The workspace of this name, wherever you are"};
constexpr OptionSpec container_or_all_option{.name = "container",
                                             .placeholder = "N",
                                             .help = "The workspace of this name, wherever you are",
                                             .excludes = "all"};
constexpr OptionSpec json_option{.name = "json", .help = "Print JSON, as described in schema/"};
constexpr OptionSpec yes_option{.name = "yes", .help = "Do not ask: the answer to the question is yes"};
constexpr OptionSpec force_option{.name = "force", .help = "Do not ask; this never widens what is deleted"};

constexpr auto global_table = std::to_array<OptionSpec>({
    {.name = "context", .placeholder = "C", .help = "Use the container engine of this Docker context"},
    {.name = "quiet", .short_name = 'q', .help = "Say nothing but errors"},
    {.name = "verbose", .help = "Tell every step, also when not on a terminal"},
    {.name = "help", .short_name = 'h', .help = "Show help for the command"},
    {.name = "version", .help = "Show the version"},
});

constexpr auto workspace_options = std::to_array<OptionSpec>({
    {.name = "fresh",
     .help = "Make a new container from today's template and settings; the data volume is kept",
     .other_name = "restart",
     .excludes = "reset"},
    {.name = "reset", .help = "As --fresh, with a new and empty data volume; the old volume is kept aside"},
    {.name = "rebuild", .help = "Build the image again without its cache"},
    {.name = "keep", .help = "Protect the workspace from cleaning up", .excludes = "no-keep"},
    {.name = "no-keep", .help = "Take that protection away"},
    {.name = "container",
     .placeholder = "N",
     .help = "Use the container of this name if it is ours, else create this workspace under that name"},
    {.name = "template", .placeholder = "T", .help = "Make the image from this template"},
    {.name = "memory", .placeholder = "S", .help = "Limit the memory, for example 4g"},
    {.name = "cpus", .placeholder = "N", .help = "Limit the processors, for example 2 or 1.5"},
    {.name = "env",
     .short_name = 'e',
     .placeholder = "K=V",
     .help = "Set an environment variable inside",
     .repeatable = true},
    {.name = "profile", .placeholder = "P", .help = "Security profile: strict, sudo or system"},
    {.name = "volume", .placeholder = "V", .help = "Keep the data in this volume"},
    {.name = "trust", .help = "Approve what the repository's own configuration asks for"},
    {.name = "detach", .short_name = 'd', .help = "Create or start, and do not go inside"},
    {.name = "dry-run", .help = "Show what would be done, and do nothing"},
    yes_option,
});

constexpr auto exec_options = std::to_array<OptionSpec>({container_option});
constexpr auto plan_options = std::to_array<OptionSpec>({container_or_all_option, all_option, json_option});
constexpr auto apply_options = std::to_array<OptionSpec>({container_or_all_option, all_option, yes_option});
constexpr auto status_options = std::to_array<OptionSpec>({container_option, json_option});
constexpr auto json_options = std::to_array<OptionSpec>({json_option});
constexpr auto stop_options = std::to_array<OptionSpec>({
    container_or_all_option,
    all_option,
    {.name = "remove", .help = "Remove the container and its SSH entry too; the data volume is kept"},
    force_option,
});
constexpr auto destroy_options = std::to_array<OptionSpec>({
    {.name = "volumes", .help = "Remove the workspace's data volumes too"},
    force_option,
});
constexpr auto log_options = std::to_array<OptionSpec>({
    container_option,
    {.name = "lines", .short_name = 'n', .placeholder = "N", .help = "Show only the last N entries"},
    json_option,
});

constexpr auto optional_path = std::to_array<PositionalSpec>({{.placeholder = "PATH"}});
constexpr auto optional_name = std::to_array<PositionalSpec>({{.placeholder = "N"}});
constexpr auto required_name = std::to_array<PositionalSpec>({{.placeholder = "N", .required = true}});
constexpr auto required_key = std::to_array<PositionalSpec>({{.placeholder = "KEY", .required = true}});
constexpr auto required_template = std::to_array<PositionalSpec>({{.placeholder = "T", .required = true}});
constexpr auto help_words = std::to_array<PositionalSpec>({{.placeholder = "COMMAND", .repeatable = true}});

constexpr std::array<string_view, 1> list_aliases{"ls"};

constexpr std::array<string_view, 4> attach_examples{"cai", "cai ~/src/myapp", "cai --fresh",
                                                     "cai -- make test"};
constexpr std::array<string_view, 2> run_examples{"cai run -d", "cai run --template node -- npm test"};
constexpr std::array<string_view, 2> exec_examples{"cai exec -- make test",
                                                   "cai exec myapp-auth -- git log -1"};
constexpr std::array<string_view, 2> plan_examples{"cai plan", "cai plan --all --json"};
constexpr std::array<string_view, 2> status_examples{"cai status",
                                                     "cai status --container myapp-auth --json"};
constexpr std::array<string_view, 2> stop_examples{"cai stop", "cai stop --all --force"};
constexpr std::array<string_view, 2> destroy_examples{"cai destroy myapp-auth",
                                                      "cai destroy myapp-auth --volumes"};
constexpr std::array<string_view, 1> get_examples{"cai config get data_volume"};
constexpr std::array<string_view, 2> log_examples{"cai log -n 20", "cai log --container myapp-auth --json"};
constexpr std::array<string_view, 2> help_examples{"cai help", "cai help config get"};

constexpr string_view attach_details =
    "Creates, starts or joins the container of the repository and branch at PATH (by default where you are), "
    "and "
    "puts you inside: in the template's agent, in a login shell, or in CMD. Words after `--` reach the "
    "container "
    "exactly as typed, and the exit code is the command's own. A directory with the name of a command is "
    "written "
    "as ./NAME.";
constexpr string_view exec_details =
    "Needs a workspace that exists: N, or the one of the repository and branch where you are. Words after "
    "`--` reach "
    "the container exactly as typed, and the exit code is the command's own.";
constexpr string_view destroy_details =
    "Stops and removes the container, its SSH entry and what is remembered of it. The data volume stays "
    "unless "
    "--volumes is given.";

constexpr auto table = std::to_array<CommandSpec>({
    {.name = "attach",
     .group = CommandGroup::everyday,
     .summary = "Go into the container of this repository and branch",
     .details = attach_details,
     .positionals = optional_path,
     .inner_command = InnerCommand::optional,
     .options = workspace_options,
     .examples = attach_examples},
    {.name = "run",
     .group = CommandGroup::everyday,
     .summary = "The same as plain `cai`",
     .details = attach_details,
     .positionals = optional_path,
     .inner_command = InnerCommand::optional,
     .options = workspace_options,
     .examples = run_examples},
    {.name = "shell",
     .group = CommandGroup::everyday,
     .summary = "Go inside, to a login shell",
     .positionals = optional_path,
     .options = workspace_options},
    {.name = "exec",
     .group = CommandGroup::everyday,
     .summary = "Run one command inside",
     .details = exec_details,
     .positionals = optional_name,
     .inner_command = InnerCommand::required,
     .options = exec_options,
     .examples = exec_examples},
    {.name = "status",
     .group = CommandGroup::look,
     .summary = "Show this workspace: state, image, sessions, memory, processor",
     .options = status_options,
     .examples = status_examples},
    {.name = "list",
     .aliases = list_aliases,
     .group = CommandGroup::look,
     .summary = "Show all workspaces",
     .options = json_options},
    {.name = "plan",
     .group = CommandGroup::look,
     .summary = "Show what would be done to get what is wished for, and why",
     .options = plan_options,
     .examples = plan_examples},
    {.name = "log",
     .group = CommandGroup::look,
     .summary = "Show what cai itself did",
     .options = log_options,
     .examples = log_examples},
    {.name = "stop",
     .group = CommandGroup::clean_up,
     .summary = "Stop the container; its data stays",
     .details =
         "Asks first when somebody is inside. With --all every workspace is handled and reported, and the "
         "command fails if one of them failed.",
     .options = stop_options,
     .examples = stop_examples},
    {.name = "destroy",
     .group = CommandGroup::clean_up,
     .summary = "Stop, remove and forget a workspace",
     .details = destroy_details,
     .positionals = required_name,
     .options = destroy_options,
     .examples = destroy_examples},
    {.name = "apply", .summary = "Do what `cai plan` shows", .options = apply_options},
    {.name = "config",
     .subcommand = "get",
     .summary = "Print the value of one setting",
     .positionals = required_key,
     .options = json_options,
     .examples = get_examples},
    {.name = "config",
     .subcommand = "list",
     .summary = "Show all settings, and where each value comes from",
     .options = json_options},
    {.name = "template",
     .subcommand = "list",
     .summary = "Show the templates there are",
     .options = json_options},
    {.name = "template",
     .subcommand = "show",
     .summary = "Show one template",
     .positionals = required_template,
     .options = json_options},
    {.name = "version", .summary = "Show the version", .options = json_options},
    {.name = "help",
     .summary = "Show help, for everything or for one command",
     .positionals = help_words,
     .examples = help_examples},
});

std::string usage_with(const CommandSpec& command, string_view options) {
  std::string text = "cai";
  if (command.name != default_command) text += fmt::format(" {}", full_name(command));
  text += options;
  for (const PositionalSpec& positional : command.positionals) {
    const auto word = fmt::format("{}{}", positional.placeholder, positional.repeatable ? "..." : "");
    text += positional.required ? fmt::format(" {}", word) : fmt::format(" [{}]", word);
  }
  if (command.inner_command == InnerCommand::required) text += " -- CMD...";
  if (command.inner_command == InnerCommand::optional) text += " [-- CMD...]";
  return text;
}

}  // namespace

std::span<const CommandSpec> command_table() {
  return table;
}
std::span<const OptionSpec> global_options() {
  return global_table;
}

std::vector<const CommandSpec*> find_command_rows(string_view word) {
  std::vector<const CommandSpec*> rows;
  for (const CommandSpec& row : table) {
    if (row.name == word || std::ranges::find(row.aliases, word) != row.aliases.end()) rows.push_back(&row);
  }
  return rows;
}

const CommandSpec* find_command(string_view name, string_view subcommand) {
  for (const CommandSpec& row : table) {
    if (row.name == name && row.subcommand == subcommand) return &row;
  }
  return nullptr;
}

std::vector<std::string> command_words() {
  std::vector<std::string> words;
  for (const CommandSpec& row : table) {
    if (words.empty() || words.back() != row.name) words.emplace_back(row.name);
    words.insert(words.end(), row.aliases.begin(), row.aliases.end());
  }
  return words;
}

std::vector<const OptionSpec*> options_of(const CommandSpec& command) {
  std::vector<const OptionSpec*> options;
  for (const OptionSpec& option : command.options) options.push_back(&option);
  for (const OptionSpec& option : global_table) options.push_back(&option);
  return options;
}

std::string usage_line(const CommandSpec& command) {
  return usage_with(command, " [options]");
}
std::string short_usage(const CommandSpec& command) {
  return usage_with(command, "");
}

std::string full_name(const CommandSpec& command) {
  std::string name(command.name);
  if (!command.subcommand.empty()) name += fmt::format(" {}", command.subcommand);
  return name;
}

}  // namespace cai
