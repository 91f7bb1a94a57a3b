#pragma once

#include "cli/command_rows/shared.hpp"

namespace cai::command_rows {

// Looking, without changing anything.

inline constexpr auto plan_options =
    std::to_array<OptionSpec>({container_or_all_option, all_option, json_option});
inline constexpr auto status_options = std::to_array<OptionSpec>({
    container_or_all_option,
    {.name = "all",
     .help = "Everything: workspaces, runs, boxes, images, former volumes, and what is not well"},
    {.name = "watch", .help = "Show it again whenever the engine says that something changed"},
    no_disk_option,
    json_option,
});
inline constexpr auto logs_options = std::to_array<OptionSpec>({
    {.name = "follow", .short_name = 'f', .help = "Go on until the container ends"},
    {.name = "lines", .short_name = 'n', .placeholder = "N", .help = "Show only the last N entries"},
    {.name = "since",
     .placeholder = "T",
     .help = "Show only what came since then: 10m, 2h, 2026-01-16T10:00:00Z"},
});
inline constexpr auto log_options = std::to_array<OptionSpec>({
    container_option,
    {.name = "lines", .short_name = 'n', .placeholder = "N", .help = "Show only the last N entries"},
    json_option,
});
inline constexpr std::array<string_view, 1> list_aliases{"ls"};
inline constexpr std::array<string_view, 2> plan_examples{"cai plan", "cai plan --all --json"};
inline constexpr std::array<string_view, 3> status_examples{
    "cai status", "cai status --container myapp-auth --json", "cai status --all"};
inline constexpr std::array<string_view, 2> log_examples{"cai log -n 20",
                                                         "cai log --container myapp-auth --json"};
inline constexpr std::array<string_view, 2> logs_examples{"cai logs 3fa9c21e", "cai logs -f -n 20 nightly"};
inline constexpr string_view logs_details =
    "N is a workspace, or a run by id, name or the beginning of its id, also after its container is gone. "
    "What came on "
    "standard error is printed there.";

inline constexpr auto look = std::to_array<CommandSpec>({
    {.name = "status",
     .group = CommandGroup::look,
     .summary = "Show this workspace, or with --all everything there is",
     .options = status_options,
     .examples = status_examples},
    {.name = "list",
     .aliases = list_aliases,
     .group = CommandGroup::look,
     .summary = "Show all workspaces and runs",
     .options = json_options},
    {.name = "system",
     .subcommand = "images",
     .group = CommandGroup::look,
     .summary = "Show the images of cai as the engine has them",
     .options = json_options},
    {.name = "system",
     .subcommand = "containers",
     .group = CommandGroup::look,
     .summary = "Show the managed containers as the engine has them",
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
    {.name = "logs",
     .group = CommandGroup::look,
     .summary = "Show the output of a run, or of a workspace's container",
     .details = logs_details,
     .positionals = optional_name,
     .options = logs_options,
     .examples = logs_examples},
});

}  // namespace cai::command_rows
