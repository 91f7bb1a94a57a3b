#pragma once

#include "cli/command_rows/shared.hpp"

namespace cai::command_rows {

// Going inside, and the data that is kept.

inline constexpr auto workspace_options = std::to_array<OptionSpec>({
    {.name = "fresh",
     .help = "Make a new container from today's template and settings; the data volume is kept",
     .other_name = "restart",
     .excludes = "reset"},
    {.name = "reset", .help = "As --fresh, with a new and empty data volume; the old volume is kept aside"},
    {.name = "rebuild", .help = "Build the image again without its cache"},
    {.name = "keep",
     .help = "Protect from cleaning up; with --rm, do not remove the container",
     .excludes = "no-keep"},
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
    {.name = "volume",
     .placeholder = "V",
     .help = "Keep the data in this volume; a former one is taken over after a question"},
    {.name = "trust", .help = "Approve what the repository's own configuration asks for"},
    {.name = "detach", .short_name = 'd', .help = "Create or start, and do not go inside"},
    {.name = "dry-run", .help = "Show what would be done, and do nothing"},
    yes_option,
});
inline constexpr auto ephemeral_options = std::to_array<OptionSpec>({
    {.name = "rm",
     .help = "Run CMD in a container of its own that is removed when CMD ends, however it ends"},
    {.name = "image", .placeholder = "I", .help = "With --rm: use this image instead of a template's"},
    {.name = "purpose",
     .placeholder = "P",
     .help = "With --rm: an image for python, node, rust, go, general, amplifier, try-repo (what the working "
             "tree is) or clean"},
    {.name = "env-passthrough",
     .placeholder = "MODE",
     .help = "With --rm: variables of the host: auto, all, none, or names separated by commas"},
    {.name = "name", .placeholder = "N", .help = "With --rm: name the run and its container"},
    {.name = "network",
     .placeholder = "NET",
     .help = "With --rm: none, bridge, or a network of the engine by its name"},
    {.name = "timeout", .placeholder = "AGE", .help = "With --rm: end CMD after this long, for example 90s"},
    {.name = "read-only", .help = "With --rm: nothing in the image can be changed; /tmp and /run are empty"},
    {.name = "mount-ro", .help = "With --rm: the working tree cannot be changed"},
});
inline constexpr auto run_options = joined(ephemeral_options, workspace_options);
inline constexpr auto exec_options = std::to_array<OptionSpec>({container_option});
inline constexpr auto export_options = std::to_array<OptionSpec>({
    output_option,
    container_option,
    no_credentials_option,
});
inline constexpr auto import_options = std::to_array<OptionSpec>({
    {.name = "from",
     .placeholder = "DIR|ARCHIVE",
     .help = "Import from this directory instead of the home directory, or from this archive"},
    {.name = "container",
     .placeholder = "N",
     .help = "The workspace of this name, wherever you are, else this one under that name"},
    {.name = "no-secrets", .help = "From a directory: leave out logins and keys"},
    {.name = "overwrite", .help = "From a directory: replace also what was changed inside"},
    {.name = "dry-run", .help = "List what would be imported, and do nothing"},
    yes_option,
});
inline constexpr auto optional_path = std::to_array<PositionalSpec>({{.placeholder = "PATH"}});
inline constexpr auto optional_archive = std::to_array<PositionalSpec>({{.placeholder = "ARCHIVE"}});
inline constexpr std::array<string_view, 4> attach_examples{"cai", "cai ~/src/myapp", "cai --fresh",
                                                            "cai -- make test"};
inline constexpr std::array<string_view, 5> run_examples{
    "cai run -d", "cai run --rm -- make test",
    "cai run --rm --image debian:bookworm-slim -- cat /etc/os-release",
    "cai run --rm --purpose python --env-passthrough MY_TOKEN -- python sync.py",
    "cai run --rm -d --name nightly -- ./long-job"};
inline constexpr std::array<string_view, 2> exec_examples{"cai exec -- make test",
                                                          "cai exec myapp-auth -- git log -1"};
inline constexpr std::array<string_view, 3> export_examples{
    "cai export", "cai export --output ~/backups/", "cai export --container myapp-auth -o myapp.tar.zst"};
inline constexpr std::array<string_view, 4> import_examples{
    "cai import", "cai import --from ~/dotfiles --dry-run", "cai import myapp-auth-20260116-100000.tgz",
    "cai import --container myapp-auth backup.tar.zst"};
inline constexpr string_view attach_details =
    "Creates, starts or joins the container of the repository and branch at PATH (by default where you are), "
    "and "
    "puts you inside: in the template's agent, in a login shell, or in CMD. Words after `--` reach the "
    "container "
    "exactly as typed, and the exit code is the command's own. A directory with the name of a command is "
    "written "
    "as ./NAME.";
inline constexpr string_view run_details =
    "Without --rm: the same as plain `cai`. With --rm: runs CMD in a new container with the working tree at "
    "PATH "
    "mounted "
    "where it is outside, as you, without a workspace's volume or sshd. The exit code is CMD's; 125 when it "
    "could not "
    "be started. The container goes when CMD ends, fails or is interrupted; a second interrupt leaves at "
    "once, and the "
    "next command cleans up. Output and outcome are kept: `cai logs ID`. With --detach the ID is printed. "
    "Variables of --env and --env-passthrough are in no configuration and no record; the image needs /bin/sh "
    "for them. "
    "Without --env-passthrough none of the host's variables go in, but for --purpose amplifier, where it is "
    "auto. "
    "The image of a purpose is built once (box.images.P in the settings names what it starts from); its "
    "set-up lies in /workspace and goes with the run.";
inline constexpr string_view exec_details =
    "Needs a workspace that exists: N, or the one of the repository and branch where you are. Words after "
    "`--` reach "
    "the container exactly as typed, and the exit code is the command's own.";
inline constexpr string_view export_details =
    "Writes a compressed tar of the workspace's data volume, whether its container runs, is stopped or does "
    "not exist, "
    "and prints the path. By default the file is NAME-YYYYmmdd-HHMMSS.tgz in the current directory. It "
    "appears "
    "under its "
    "name only when it is whole and was read back. ~/.cache and what `export.exclude` names are left out; "
    "the "
    "credentials in the volume are in the archive unless --no-credentials is given.";
inline constexpr string_view import_details =
    "From a directory, by default your home: brings the settings and logins of agents, git, shells and "
    "editors "
    "that docs/reference/import.md lists, and what `import.additional_paths` adds, into the data volume. "
    "Only "
    "what changed since the last import is sent; what was changed inside is kept and named (exit code 4), "
    "and "
    "what could not be read is named (exit code 1). New workspaces do this by themselves, without logins. "
    "From an archive, one of `cai export`, one of the original ContainAI or any tar, plain or compressed by "
    "gzip, zstd, xz or bzip2: fills "
    "a "
    "new data volume. All of it is checked before anything is touched. The workspace takes the new volume "
    "over "
    "when it is complete, with a new container if it runs, and the former volume is kept. Prints the name of "
    "the "
    "volume.";

inline constexpr auto everyday = std::to_array<CommandSpec>({
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
     .summary = "The same as plain `cai`; with --rm, a container for one command",
     .details = run_details,
     .positionals = optional_path,
     .inner_command = InnerCommand::optional,
     .options = run_options,
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
    {.name = "export",
     .group = CommandGroup::everyday,
     .summary = "Save the workspace's data volume as an archive",
     .details = export_details,
     .options = export_options,
     .examples = export_examples},
    {.name = "import",
     .group = CommandGroup::everyday,
     .summary = "Bring your home's settings into the workspace, or fill it from an archive",
     .details = import_details,
     .positionals = optional_archive,
     .options = import_options,
     .examples = import_examples},
});

}  // namespace cai::command_rows
