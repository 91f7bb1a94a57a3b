#pragma once

#include "cli/command_rows/shared.hpp"

namespace cai::command_rows {

// Boxes for agents.

inline constexpr auto mcp_options = std::to_array<OptionSpec>({
    {.name = "allow",
     .placeholder = "GATES",
     .help = "Let the agent do these: host_network, mounts, ssh, env_all, gpu, copy; separated by commas",
     .repeatable = true},
    {.name = "max",
     .placeholder = "N",
     .help = "The most boxes that the session may have; 10 when not given"},
});
inline constexpr auto box_options = std::to_array<OptionSpec>({
    {.name = "image", .placeholder = "I", .help = "Make the box from this image"},
    {.name = "purpose",
     .placeholder = "P",
     .help = "What it is for: python, node, rust, go, general, amplifier, try-repo or clean"},
    {.name = "repo", .placeholder = "URL", .help = "The repository that --purpose try-repo is about"},
    {.name = "workdir", .placeholder = "DIR", .help = "Where commands start; /workspace when not given"},
    {.name = "mount",
     .placeholder = "HOST:INSIDE[:ro]",
     .help = "Show a directory of the host inside",
     .repeatable = true},
    {.name = "no-cwd", .help = "Do not mount the current directory"},
    {.name = "port",
     .short_name = 'p',
     .placeholder = "HOST:INSIDE",
     .help = "Reach a port of the box on 127.0.0.1",
     .repeatable = true},
    {.name = "memory", .placeholder = "S", .help = "Limit the memory, for example 4g"},
    {.name = "cpus", .placeholder = "N", .help = "Limit the processors, for example 2 or 1.5"},
    {.name = "env",
     .short_name = 'e',
     .placeholder = "K=V",
     .help = "Set an environment variable inside",
     .repeatable = true},
    {.name = "env-passthrough",
     .placeholder = "MODE",
     .help = "Variables of the host: auto, all, none, or names separated by commas"},
    {.name = "network",
     .placeholder = "NET",
     .help = "Network: bridge, host, none, or one of `cai box create-network`"},
    {.name = "dotfiles", .placeholder = "URL", .help = "Dotfiles repository to install"},
    {.name = "setup", .placeholder = "CMD", .help = "Run this inside at the end", .repeatable = true},
    {.name = "set",
     .placeholder = "KEY=VALUE",
     .help = "Any other parameter of the operation (docs/reference/boxes.md), as JSON or text",
     .repeatable = true},
});
inline constexpr auto box_exec_options =
    std::to_array<OptionSpec>({{.name = "root", .help = "Run the command as root inside"}});
inline constexpr auto box_destroy_options = std::to_array<OptionSpec>({force_option});
inline constexpr auto box_word = std::to_array<PositionalSpec>({{.placeholder = "BOX", .required = true}});
inline constexpr auto box_name = std::to_array<PositionalSpec>({{.placeholder = "BOX"}});
inline constexpr auto box_json = std::to_array<PositionalSpec>({{.placeholder = "JSON", .required = true}});
inline constexpr auto box_copy_in =
    std::to_array<PositionalSpec>({{.placeholder = "BOX", .required = true},
                                   {.placeholder = "HOST_PATH", .required = true},
                                   {.placeholder = "BOX_PATH", .required = true}});
inline constexpr auto box_copy_out =
    std::to_array<PositionalSpec>({{.placeholder = "BOX", .required = true},
                                   {.placeholder = "BOX_PATH", .required = true},
                                   {.placeholder = "HOST_PATH", .required = true}});
inline constexpr auto box_snapshot = std::to_array<PositionalSpec>(
    {{.placeholder = "BOX", .required = true}, {.placeholder = "SNAPSHOT", .required = true}});
inline constexpr auto box_restore =
    std::to_array<PositionalSpec>({{.placeholder = "SNAPSHOT", .required = true}, {.placeholder = "BOX"}});
inline constexpr auto box_only_snapshot =
    std::to_array<PositionalSpec>({{.placeholder = "SNAPSHOT", .required = true}});
inline constexpr auto box_network = std::to_array<PositionalSpec>({{.placeholder = "NET", .required = true}});
inline constexpr std::array<string_view, 2> mcp_examples{"cai mcp", "cai mcp --allow mounts,ssh --max 4"};
inline constexpr std::array<string_view, 2> box_create_examples{
    "cai box create --purpose python",
    "cai box create db --image postgres:16 --no-cwd -e POSTGRES_PASSWORD=dev"};
inline constexpr std::array<string_view, 1> box_exec_examples{"cai box exec db -- psql -U postgres"};
inline constexpr std::array<string_view, 1> box_call_examples{R"(cai box call '{"operation":"list"}')"};

inline constexpr auto boxes = std::to_array<CommandSpec>({
    {.name = "mcp",
     .summary = "Serve boxes to an agent: the Model Context Protocol on standard input and output",
     .details = "Offers one tool, `containers`. Boxes that are not persistent are removed when the client "
                "goes. What an "
                "agent may not do by itself (the host's network, mounts outside the current directory, SSH "
                "keys, all "
                "variables, GPUs, hidden files of the home) is refused unless --allow names it or the client "
                "can ask its "
                "person.",
     .options = mcp_options,
     .examples = mcp_examples},
    {.name = "box",
     .subcommand = "create",
     .summary = "Make a box: a container with tools, settings and limits",
     .positionals = box_name,
     .options = box_options,
     .examples = box_create_examples},
    {.name = "box",
     .subcommand = "exec",
     .summary = "Run one command in a box",
     .positionals = box_word,
     .inner_command = InnerCommand::required,
     .options = box_exec_options,
     .examples = box_exec_examples},
    {.name = "box", .subcommand = "list", .summary = "Show all boxes", .options = json_options},
    {.name = "box",
     .subcommand = "status",
     .summary = "Show one box, and whether it answers",
     .positionals = box_word,
     .options = json_options},
    {.name = "box",
     .subcommand = "hint",
     .summary = "Show the command that enters a box",
     .positionals = box_word,
     .options = json_options},
    {.name = "box",
     .subcommand = "copy-in",
     .summary = "Copy a file or directory into a box",
     .positionals = box_copy_in},
    {.name = "box",
     .subcommand = "copy-out",
     .summary = "Copy a file or directory out of a box",
     .positionals = box_copy_out},
    {.name = "box",
     .subcommand = "snapshot",
     .summary = "Save the file system of a box",
     .positionals = box_snapshot},
    {.name = "box",
     .subcommand = "restore",
     .summary = "Make a box from a snapshot",
     .positionals = box_restore,
     .options = box_options},
    {.name = "box",
     .subcommand = "delete-snapshot",
     .summary = "Remove a snapshot",
     .positionals = box_only_snapshot},
    {.name = "box",
     .subcommand = "create-network",
     .summary = "Make a network on which boxes find each other by name",
     .positionals = box_network},
    {.name = "box",
     .subcommand = "destroy-network",
     .summary = "Remove a network that no box uses",
     .positionals = box_network},
    {.name = "box",
     .subcommand = "destroy",
     .summary = "Stop and remove a box",
     .positionals = box_word,
     .options = box_destroy_options},
    {.name = "box",
     .subcommand = "destroy-all",
     .summary = "Stop and remove every box",
     .options = box_destroy_options},
    {.name = "box",
     .subcommand = "preflight",
     .summary = "Check the container engine",
     .options = json_options},
    {.name = "box",
     .subcommand = "call",
     .summary = "Do one call of the tool `containers`: prints exactly what `cai mcp` returns",
     .details = "The JSON holds `operation` and its parameters (docs/reference/boxes.md); `-` reads it from "
                "standard "
                "input. Fails when the result has an `error`.",
     .positionals = box_json,
     .examples = box_call_examples},
});

}  // namespace cai::command_rows
