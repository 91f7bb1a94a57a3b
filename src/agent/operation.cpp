// The table of operations: schema, checks, messages and documentation come from it.
#include "agent/operation.hpp"

#include <algorithm>
#include <array>

namespace cai {
namespace {

using Type = ParameterType;

constexpr Parameter container_parameter{"container", Type::text, "Name or id of the box", true};
constexpr Parameter as_root_parameter{"as_root", Type::boolean,
                                      "Run as root inside instead of as the caller's uid", false, "false"};

constexpr Parameter name_parameter{"name", Type::text, "Name of the box; made up when omitted"};
constexpr std::string_view purpose_words = "python|node|rust|go|general|amplifier|try-repo|clean";

// create and restore take the same; a table of values cannot be spliced into another without a macro.
#define CAI_BOX_PARAMETERS                                                                                   \
  {"purpose", Type::text, "Profile that chooses image, packages and set-up", false, {}, purpose_words},      \
      {"repo_url", Type::text, "purpose=\"try-repo\": the repository, cloned to /workspace/repo"},           \
      {"workdir", Type::text, "Where commands start", false, "\"/workspace\""},                              \
      {"mounts", Type::mounts, "Host directories: [{\"host\", \"container\", \"mode\": \"rw\"|\"ro\"}]"},    \
      {"mount_cwd", Type::boolean,                                                                           \
       "Mount the working directory at workdir; default true, but false for try-repo and clean"},            \
      {"ports", Type::ports, "Ports on the host's 127.0.0.1: [{\"host\": 8080, \"container\": 80}]"},        \
      {"env", Type::text_map, "Variables; they win over everything that is passed through"},                 \
      {"env_passthrough", Type::passthrough,                                                                 \
       "Variables of the host: \"auto\" (API keys, tokens, proxies), \"all\", \"none\", or a list of names", \
       false, "\"auto\""},                                                                                   \
      {"forward_git", Type::boolean, "The host's git settings without credentials", false, "true"},          \
      {"forward_gh", Type::boolean, "The token of `gh auth token` as GH_TOKEN", false, "true"},              \
      {"forward_ssh", Type::boolean, "~/.ssh, read-only", false, "false"},                                   \
      {"dotfiles_repo", Type::text, "Dotfiles repository: a URL, or a path on the host"},                    \
      {"dotfiles_script", Type::text, "Its install script; found by itself when omitted"},                   \
      {"dotfiles_branch", Type::text, "Its branch"},                                                         \
      {"dotfiles_target", Type::text, "Where it is cloned to", false, "\"~/.dotfiles\""},                    \
      {"dotfiles_inline", Type::text_map,                                                                    \
       "Files below the home, path to content; used without dotfiles_repo"},                                 \
      {"dotfiles_skip", Type::boolean, "No dotfiles at all", false, "false"},                                \
      {"setup_commands", Type::text_list, "Commands run in order at the end, 300 s each"},                   \
      {"memory_limit", Type::text, "Such as 512m or 4g", false, "\"4g\""},                                   \
      {"cpu_limit", Type::number, "Processors, such as 1.5", false, {}, {}, 0.01, 1024},                     \
      {"gpu", Type::boolean, "All GPUs of the host", false, "false"},                                        \
      {"network", Type::text, "\"bridge\", \"host\", \"none\", or a network made by create_network", false,  \
       "\"bridge\""},                                                                                        \
      {"persistent", Type::boolean, "The box outlives the session", false, "false"}, {                       \
    "service", Type::boolean,                                                                                \
        "Run the image's own program (a database, a cache); default: true when the image declares ports"     \
  }

constexpr auto create_parameters = std::to_array<Parameter>(
    {name_parameter, {"image", Type::text, "Image; wins over the purpose's"}, CAI_BOX_PARAMETERS});
constexpr auto restore_parameters = std::to_array<Parameter>(
    {{"snapshot", Type::text, "Name of the snapshot", true}, name_parameter, CAI_BOX_PARAMETERS});
constexpr auto exec_parameters = std::to_array<Parameter>({
    container_parameter,
    {"command", Type::text, "Shell command", true},
    {"timeout",
     Type::number,
     "Seconds; then it is killed inside, and what it printed is returned",
     false,
     "300",
     {},
     0.1,
     86400},
    as_root_parameter,
});
constexpr auto background_parameters = std::to_array<Parameter>(
    {container_parameter, {"command", Type::text, "Shell command", true}, as_root_parameter});
constexpr auto job_parameters = std::to_array<Parameter>(
    {container_parameter, {"job_id", Type::text, "What exec_background returned", true}});
constexpr auto healthy_parameters = std::to_array<Parameter>({
    container_parameter,
    {"health_command", Type::text, "Shell command that succeeds when the service is ready", true},
    {"interval", Type::number, "Seconds between attempts", false, "2", {}, 0.05, 3600},
    {"retries", Type::integer, "Attempts", false, "15", {}, 1, 10000},
});
constexpr auto only_container = std::to_array<Parameter>({container_parameter});
constexpr auto status_parameters = std::to_array<Parameter>({
    container_parameter,
    {"health_check", Type::boolean, "Also run a command inside and measure", false, "false"},
});
constexpr auto destroy_parameters = std::to_array<Parameter>({
    container_parameter,
    {"force", Type::boolean, "Kill instead of asking politely first", false, "false"},
});
constexpr auto destroy_all_parameters =
    std::to_array<Parameter>({{"confirm", Type::boolean, "Must be true", true}});
constexpr auto copy_parameters = std::to_array<Parameter>({
    container_parameter,
    {"host_path", Type::text, "File or directory on the host", true},
    {"container_path", Type::text, "Absolute path in the box", true},
});
constexpr auto snapshot_parameters =
    std::to_array<Parameter>({container_parameter, {"name", Type::text, "Name of the snapshot", true}});
constexpr auto delete_snapshot_parameters =
    std::to_array<Parameter>({{"name", Type::text, "Name of the snapshot", true}});
constexpr auto network_parameters =
    std::to_array<Parameter>({{"name", Type::text, "Name of the network", true}});

constexpr auto table = std::to_array<Operation>({
    {"preflight", "Checks the container engine; run it when create fails", {}, preflight_operation},
    {"create", "Makes a provisioned box and returns its name and a report of each step", create_parameters,
     create_operation},
    {"exec", "Runs a command; returns returncode, stdout, stderr, timed_out", exec_parameters,
     exec_operation},
    {"exec_interactive_hint", "The command with which a person enters the box", only_container,
     hint_operation},
    {"list", "All boxes of this installation", {}, list_operation},
    {"status", "State, start, image, limits; with health_check an answer from inside", status_parameters,
     status_operation},
    {"destroy", "Stops and removes one box", destroy_parameters, destroy_operation},
    {"destroy_all", "Stops and removes all boxes of this installation", destroy_all_parameters,
     destroy_all_operation},
    {"copy_in", "Copies a file or directory into the box", copy_parameters, copy_in_operation},
    {"copy_out", "Copies a file or directory out of the box", copy_parameters, copy_out_operation},
    {"snapshot", "Saves the file system of a box, without mounts, secrets and labels", snapshot_parameters,
     snapshot_operation},
    {"restore", "Makes a box from a snapshot; takes the parameters of create", restore_parameters,
     restore_operation},
    {"delete_snapshot", "Removes a snapshot", delete_snapshot_parameters, delete_snapshot_operation},
    {"create_network", "A network on which boxes reach each other by name", network_parameters,
     create_network_operation},
    {"destroy_network", "Removes a network that no box uses", network_parameters, destroy_network_operation},
    {"exec_background", "Starts a command and returns its job_id at once", background_parameters,
     exec_background_operation},
    {"exec_poll", "Whether a job runs, its exit code, and the last 100 lines it printed", job_parameters,
     exec_poll_operation},
    {"exec_cancel", "Kills a job and all it started", job_parameters, exec_cancel_operation},
    {"wait_healthy", "Repeats a command until it succeeds", healthy_parameters, wait_healthy_operation},
});

}  // namespace

std::span<const Operation> operations() {
  return table;
}

const Operation* find_operation(std::string_view name) {
  for (const auto& each : table) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

const Parameter* find_parameter(const Operation& operation, std::string_view name) {
  for (const auto& each : operation.parameters) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

}  // namespace cai
