#include "config/keys.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cai/base/text.hpp"

namespace cai {
namespace {

/// Longer words are no slips of the pen; comparing them with every key would be work for nothing.
constexpr std::size_t longest_word = 64;

}  // namespace

const std::vector<SettingKey>& setting_keys() {
  static const std::vector<SettingKey> keys = {
      {"engine.context", "string", "", "CONTAINAI_ENGINE_CONTEXT", false,
       "Docker context of the container engine; empty: DOCKER_HOST, the current context, or the default "
       "socket."},
      {"engine.base_image", "string", "debian:bookworm-slim", "CONTAINAI_BASE_IMAGE", false,
       "Image that the built-in template starts from."},
      {"agent.default", "string", "", "CONTAINAI_AGENT", false,
       "Command line that a plain `cai` runs; empty: a login shell. `agent` is another name of this key."},
      {"data_volume", "string", "", "CONTAINAI_DATA_VOLUME", false,
       "Data volume that all workspaces share; empty: each workspace has its own."},
      {"template.default", "string", "default", "CONTAINAI_TEMPLATE", true,
       "Template that new workspaces are built from."},
      {"container.memory", "size", "", "CONTAINAI_MEMORY", true,
       "Memory limit of a container, such as 4g; empty: half of the host's."},
      {"container.cpus", "number", "", "CONTAINAI_CPUS", true,
       "Processors that a container may use, such as 1.5; empty: all of them."},
      {"container.profile", "string", "strict", "CONTAINAI_PROFILE", false,
       "How much the inside may do: strict, sudo or system."},
      {"ssh.port_range_start", "integer", "2300", "CONTAINAI_PORT_RANGE_START", false,
       "First host port that a workspace may get, 1024 to 65535."},
      {"ssh.port_range_end", "integer", "2500", "CONTAINAI_PORT_RANGE_END", false,
       "Last host port that a workspace may get, 1024 to 65535."},
      {"ssh.forward_agent", "boolean", "false", "", false,
       "Lend the SSH agent of the host to the sessions in a workspace."},
      {"ssh.local_forward", "list", "", "", true,
       "Ports to forward from the host into the workspace, each \"lport:host:rport\"; a repository may name "
       "only "
       "localhost and 127.0.0.1 as host."},
      {"export.exclude", "list", "", "", false,
       "What `cai export` leaves out besides ~/.cache: globs, such as \"node_modules\", \"*.log\" or "
       "\"~/big\"."},
      {"import.on_create", "boolean", "true", "", false,
       "Bring the settings of your home directory along when a workspace is made; logins and keys stay out."},
      {"import.secrets_on_create", "boolean", "false", "", false,
       "Bring logins and keys along as well, so that no agent asks for a login in a new workspace."},
      {"import.additional_paths", "list", "", "", false,
       "What home imports bring besides the table: files and directories below your home, such as "
       "\"~/.config/foo\"."},
      {"import.exclude", "list", "", "", false,
       "What home imports leave out: globs, such as \"*.log\" or \"~/.vim/plugged\"."},
      {"env.import", "list", "", "", false,
       "Variables of the host that each session in a workspace gets, by name; their values are kept "
       "nowhere."},
      {"gc.age", "string", "30d", "", false,
       "How long something must have been unused before `cai gc` removes it, such as 12h, 7d or 2w."},
      {"box.image", "string", "ubuntu:24.04", "CONTAINAI_BOX_IMAGE", false,
       "Image of boxes without a purpose."},
      {"box.images.python", "string", "python:3.12-slim", "", false,
       "Image that boxes of purpose python start from."},
      {"box.images.node", "string", "node:20-slim", "", false,
       "Image that boxes of purpose node start from."},
      {"box.images.rust", "string", "rust:1-slim", "", false, "Image that boxes of purpose rust start from."},
      {"box.images.go", "string", "golang:1.22", "", false, "Image that boxes of purpose go start from."},
      {"box.images.general", "string", "ubuntu:24.04", "", false,
       "Image that boxes of purpose general start from."},
      {"box.images.amplifier", "string", "python:3.12-slim", "", false,
       "Image that boxes of purpose amplifier start from."},
      {"box.images.clean", "string", "ubuntu:24.04", "", false,
       "Image that boxes of purpose clean start from."},
      {"box.env_patterns", "words",
       "*_API_KEY,*_TOKEN,ANTHROPIC_*,OPENAI_*,AZURE_OPENAI_*,GOOGLE_*,GEMINI_*,OLLAMA_*,AMPLIFIER_*,HTTP_"
       "PROXY,HTTPS_PROXY,NO_PROXY",
       "", false,
       "Variables of the host that boxes get with env_passthrough \"auto\"; `*` stands for any text."},
      {"security.cap_add", "words", "CHOWN,DAC_OVERRIDE,FOWNER,SETUID,SETGID", "", false,
       "Capabilities that set-up as root inside a box has, after all were dropped; [] gives none."},
      {"keep", "boolean", "false", "", false,
       "Mark new workspaces as kept, so that `cai gc` leaves them alone."},
  };
  return keys;
}

const SettingKey* find_key(std::string_view name) {
  if (name == "agent") name = "agent.default";
  const auto& keys = setting_keys();
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const SettingKey& key) { return key.name == name; });
  return found == keys.end() ? nullptr : &*found;
}

bool is_key_table(std::string_view name) {
  const auto& keys = setting_keys();
  return std::any_of(keys.begin(), keys.end(), [&](const SettingKey& key) {
    return key.name.starts_with(name) && key.name.substr(name.size()).starts_with('.');
  });
}

std::string unknown_key_problem(std::string_view name) {
  std::string problem = fmt::format("unknown key {}", excerpt(name));
  if (name.size() > longest_word) return problem;
  std::vector<std::string> candidates;
  for (const SettingKey& key : setting_keys()) {
    if (key.name.ends_with(fmt::format(".{}", name))) {  // `memory` outside of its table [container]
      return fmt::format("{}; did you mean \"{}\"?", problem, key.name);
    }
    candidates.emplace_back(key.name);
    const auto dot = key.name.find('.');
    if (dot != std::string_view::npos) candidates.emplace_back(key.name.substr(0, dot));
  }
  if (const auto nearest = did_you_mean(name, candidates)) {
    problem += fmt::format("; did you mean \"{}\"?", *nearest);
  }
  return problem;
}

std::string excerpt(std::string_view text) {
  const bool is_long = text.size() > longest_word;
  return fmt::format("\"{}{}\"", escape_for_terminal(text.substr(0, longest_word)), is_long ? "..." : "");
}

}  // namespace cai
