#pragma once

#include "cli/command_rows/shared.hpp"

namespace cai::command_rows {

// Stopping and removing.

inline constexpr auto stop_options = std::to_array<OptionSpec>({
    container_or_all_option,
    all_option,
    {.name = "remove", .help = "Remove the container and its SSH entry too; the data volume is kept"},
    {.name = "export",
     .help = "Export the data volume first, as `cai export` does, and stop only if that succeeded"},
    output_option,
    no_credentials_option,
    force_option,
});
inline constexpr auto destroy_options = std::to_array<OptionSpec>({
    {.name = "volumes", .help = "Remove the workspace's data volumes too"},
    force_option,
});
inline constexpr OptionSpec dry_run_option{.name = "dry-run",
                                           .help = "Show what would be removed, and remove nothing"};
inline constexpr auto gc_options = std::to_array<OptionSpec>({
    {.name = "age",
     .placeholder = "AGE",
     .help = "Only what is older: 90m, 12h, 7d, 2w (default: gc.age, 30d)"},
    {.name = "images", .help = "Also images of cai that no container uses, whatever their age"},
    {.name = "volumes", .help = "Also former data volumes, of --reset and import, for good"},
    dry_run_option,
    force_option,
    no_disk_option,
    json_option,
});
inline constexpr auto clean_options = std::to_array<OptionSpec>({
    {.name = "workspaces", .help = "Also stopped workspaces that are not kept; their data stays"},
    dry_run_option,
    force_option,
    no_disk_option,
    json_option,
});
inline constexpr auto required_name = std::to_array<PositionalSpec>({{.placeholder = "N", .required = true}});
inline constexpr std::array<string_view, 2> stop_examples{"cai stop", "cai stop --all --force"};
inline constexpr std::array<string_view, 2> destroy_examples{"cai destroy myapp-auth",
                                                             "cai destroy myapp-auth --volumes"};
inline constexpr std::array<string_view, 2> gc_examples{"cai gc --age 7d --dry-run",
                                                        "cai gc --age 2w --images"};
inline constexpr std::array<string_view, 2> clean_examples{"cai clean", "cai clean --workspaces --dry-run"};
inline constexpr string_view destroy_details =
    "Stops and removes the container, its SSH entry and what is remembered of it. The data volume stays "
    "unless "
    "--volumes is given.";
inline constexpr string_view gc_details =
    "Shows what may go, why, how old and how large it is, and asks once. Never goes what runs, is paused, is "
    "kept, or "
    "belongs to somebody else; everything is judged again at the moment of its removal. Data volumes stay "
    "unless "
    "--volumes is given, and then only those that no workspace has any more.";
inline constexpr string_view clean_details =
    "Whatever its age, shows what nobody uses any more, by group and with sizes, and asks once. Stopped "
    "workspaces stay "
    "unless --workspaces is given; their data volumes stay in any case.";

inline constexpr auto clean_up = std::to_array<CommandSpec>({
    {.name = "stop",
     .group = CommandGroup::clean_up,
     .summary = "Stop the container; its data stays",
     .details =
         "Asks first when somebody is inside. With --all every workspace is handled and reported, and the "
         "command fails if one of them failed. N is a workspace, or a run by id, name or the beginning of "
         "its id.",
     .positionals = optional_name,
     .options = stop_options,
     .examples = stop_examples},
    {.name = "destroy",
     .group = CommandGroup::clean_up,
     .summary = "Stop, remove and forget a workspace or a run",
     .details = destroy_details,
     .positionals = required_name,
     .options = destroy_options,
     .examples = destroy_examples},
    {.name = "gc",
     .group = CommandGroup::clean_up,
     .summary = "Remove containers that were stopped long ago",
     .details = gc_details,
     .options = gc_options,
     .examples = gc_examples},
    {.name = "clean",
     .group = CommandGroup::clean_up,
     .summary = "Remove ended runs and boxes, unused images and networks",
     .details = clean_details,
     .options = clean_options,
     .examples = clean_examples},
});

}  // namespace cai::command_rows
