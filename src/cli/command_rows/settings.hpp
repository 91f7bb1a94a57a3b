#pragma once

#include "cli/command_rows/shared.hpp"

namespace cai::command_rows {

// Wishes, settings, templates and what keeps the house in order.

inline constexpr auto apply_options =
    std::to_array<OptionSpec>({container_or_all_option, all_option, yes_option});
inline constexpr auto doctor_options = std::to_array<OptionSpec>({json_option, yes_option, force_option});
inline constexpr auto cleanup_options =
    std::to_array<OptionSpec>({{.name = "dry-run", .help = "Show what would be done, and do nothing"}});
inline constexpr auto build_options = std::to_array<OptionSpec>(
    {{.name = "no-cache", .help = "Do every step again; the base image is not pulled"}});
inline constexpr auto required_key =
    std::to_array<PositionalSpec>({{.placeholder = "KEY", .required = true}});
inline constexpr auto key_and_value = std::to_array<PositionalSpec>(
    {{.placeholder = "KEY", .required = true}, {.placeholder = "VALUE", .required = true}});
inline constexpr OptionSpec global_option{
    .name = "global", .short_name = 'g', .help = "Your own file alone, wherever you are"};
inline constexpr auto config_options = std::to_array<OptionSpec>({global_option, json_option});
inline constexpr auto required_template =
    std::to_array<PositionalSpec>({{.placeholder = "T", .required = true}});
inline constexpr auto new_template =
    std::to_array<PositionalSpec>({{.placeholder = "NEW", .required = true}});
inline constexpr auto doctor_action = std::to_array<PositionalSpec>({{.placeholder = "fix"}});
inline constexpr auto required_shell =
    std::to_array<PositionalSpec>({{.placeholder = "SHELL", .required = true}});
inline constexpr auto optional_template = std::to_array<PositionalSpec>({{.placeholder = "T"}});
inline constexpr std::array<string_view, 1> get_examples{"cai config get data_volume"};
inline constexpr std::array<string_view, 3> set_examples{
    "cai config set container.memory 8g", "cai config set agent claude",
    "cai config set export.exclude 'node_modules,*.log'"};
inline constexpr std::array<string_view, 1> unset_examples{"cai config unset container.memory"};
inline constexpr std::array<string_view, 1> new_examples{"cai template new node"};
inline constexpr std::array<string_view, 2> diff_examples{"cai template diff", "cai template diff node"};
inline constexpr std::array<string_view, 3> doctor_examples{"cai doctor", "cai doctor --json",
                                                            "cai doctor fix"};
inline constexpr std::array<string_view, 1> cleanup_examples{"cai ssh cleanup --dry-run"};
inline constexpr std::array<string_view, 3> completion_examples{
    "source <(cai completion bash)", "cai completion zsh > ~/.zfunc/_cai",
    "cai completion fish > ~/.config/fish/completions/cai.fish"};
inline constexpr std::array<string_view, 1> build_examples{"cai template build node --no-cache"};
inline constexpr string_view set_details =
    "Writes one value into your own file, ~/.config/containai/config.toml, and leaves every other byte as it "
    "is. Where the repository's approved .containai/config.toml sets the key, that file is changed instead, "
    "because it decides there, and stays approved; --global always means your own. The items of a list are "
    "separated by commas. Nothing is written unless the whole file is right afterwards.";
inline constexpr string_view unset_details =
    "Takes the key out of the file that `cai config set` would write, so that the next weaker source counts. "
    "A key that is not there is no mistake.";
inline constexpr string_view new_details =
    "Makes ~/.config/containai/templates/NEW/Dockerfile and prints its path. One that is there is never "
    "touched. NEW `default` begins as a copy of the built-in template and stands in for it.";
inline constexpr string_view diff_details =
    "Compares what each container was made from with what a new one would be made from now: the files of the "
    "template, the image it starts from, and the settings. Of T alone if it is given. What a file said is "
    "remembered when a container is made.";
inline constexpr string_view doctor_details =
    "Looks at the engine, ssh, keys, the store, disks and what killed commands left, and changes nothing. "
    "Exits with 1 when a check failed; warnings are none. `cai doctor fix` shows what it can put right "
    "without losing anything, asks once, does it, and looks again.";
inline constexpr string_view cleanup_details =
    "Removes entries, known hosts and keys of workspaces that neither the store nor any engine knows. "
    "Every Docker context is asked, or only that of --context; if one does not answer, nothing is removed "
    "and the exit code is 20. Files that cai did not write stay.";
inline constexpr string_view completion_details =
    "SHELL is bash, zsh or fish. After `--` come the words of a command line up to the cursor, without the "
    "first; then what the last of them can become is printed, as the script asks for it. Names come from "
    "the store: the engine is not asked.";

inline constexpr auto settings = std::to_array<CommandSpec>({
    {.name = "apply", .summary = "Do what `cai plan` shows", .options = apply_options},
    {.name = "config",
     .subcommand = "get",
     .summary = "Print the value of one setting",
     .positionals = required_key,
     .options = config_options,
     .examples = get_examples},
    {.name = "config",
     .subcommand = "list",
     .summary = "Show all settings, and where each value comes from",
     .options = config_options},
    {.name = "config",
     .subcommand = "set",
     .summary = "Write one setting into its file",
     .details = set_details,
     .positionals = key_and_value,
     .options = config_options,
     .examples = set_examples},
    {.name = "config",
     .subcommand = "unset",
     .summary = "Take one setting out of its file",
     .details = unset_details,
     .positionals = required_key,
     .options = config_options,
     .examples = unset_examples},
    {.name = "template",
     .subcommand = "list",
     .summary = "Show the templates there are, and who uses them",
     .options = json_options},
    {.name = "template",
     .subcommand = "show",
     .summary = "Show one template, and who uses it",
     .positionals = required_template,
     .options = json_options},
    {.name = "template",
     .subcommand = "new",
     .summary = "Make a template with a commented Dockerfile to start from",
     .details = new_details,
     .positionals = new_template,
     .examples = new_examples},
    {.name = "template",
     .subcommand = "diff",
     .summary = "Show which workspaces are behind, and what changed since",
     .details = diff_details,
     .positionals = optional_template,
     .options = json_options,
     .examples = diff_examples},
    {.name = "template",
     .subcommand = "build",
     .summary = "Build the image of a template now",
     .details =
         "Of the template `default` unless T is given. An image that is there already is only built again "
         "with --no-cache.",
     .positionals = optional_template,
     .options = build_options,
     .examples = build_examples},
    {.name = "ssh",
     .subcommand = "cleanup",
     .summary = "Remove SSH entries and keys whose workspace is gone",
     .details = cleanup_details,
     .options = cleanup_options,
     .examples = cleanup_examples},
    {.name = "ssh",
     .subcommand = "config",
     .summary = "Print the SSH entry of a workspace, to include it by hand",
     .positionals = optional_name},
    {.name = "doctor",
     .summary = "Check engine, ssh, keys, store and disks, and say how to mend them",
     .details = doctor_details,
     .positionals = doctor_action,
     .options = doctor_options,
     .examples = doctor_examples},
    {.name = "completion",
     .summary = "Print the script that completes words of `cai` in a shell",
     .details = completion_details,
     .positionals = required_shell,
     .inner_command = InnerCommand::optional,
     .examples = completion_examples},
});

}  // namespace cai::command_rows
