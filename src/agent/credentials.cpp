#include "agent/credentials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cai/base/error.hpp"
#include "cai/base/process.hpp"
#include "cai/base/text.hpp"
#include "cai/home/git_settings.hpp"

namespace cai {
namespace {

/// They describe the host, and would only confuse the inside.
constexpr auto never_passed = std::to_array<std::string_view>({"PATH",
                                                               "HOME",
                                                               "SHELL",
                                                               "USER",
                                                               "LOGNAME",
                                                               "PWD",
                                                               "OLDPWD",
                                                               "TERM",
                                                               "DISPLAY",
                                                               "DBUS_SESSION_BUS_ADDRESS",
                                                               "XDG_RUNTIME_DIR",
                                                               "SSH_AUTH_SOCK",
                                                               "SSH_CONNECTION",
                                                               "SSH_CLIENT",
                                                               "SSH_TTY",
                                                               "LS_COLORS",
                                                               "LANG",
                                                               "LC_ALL",
                                                               "HOSTNAME",
                                                               "SHLVL",
                                                               "_",
                                                               "DOCKER_HOST",
                                                               "DOCKER_CONFIG",
                                                               "BASH_ENV",
                                                               "ENV",
                                                               "IFS",
                                                               "PS4",
                                                               "LD_PRELOAD",
                                                               "LD_LIBRARY_PATH"});

template <typename Range>
bool contains(const Range& range, std::string_view word) {
  return std::find(range.begin(), range.end(), word) != range.end();
}

std::optional<std::string> settings_of(const std::vector<std::string>& command) {
  if (!program_exists("git")) return std::nullopt;
  const auto listed = run_process(command, std::chrono::seconds(10));
  if (listed.exit_code != 0 || listed.standard_output.empty()) return std::nullopt;
  return git_settings_file(listed.standard_output,
                           [](std::string_view section, std::string_view, std::string_view) {
                             return is_host_git_setting(section);
                           });
}

}  // namespace

bool matches_glob(std::string_view pattern, std::string_view name) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == name;
  if (!name.starts_with(pattern.substr(0, star))) return false;
  const auto rest = pattern.substr(star + 1);
  for (std::size_t at = star; at <= name.size(); ++at) {
    if (matches_glob(rest, name.substr(at))) return true;
  }
  return false;
}

bool is_variable_name(std::string_view name) {
  constexpr std::string_view known = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
  constexpr std::string_view digits = known.substr(0, 10);
  return !name.empty() && digits.find(name.front()) == std::string_view::npos &&
         name.find_first_not_of(known) == std::string_view::npos;
}

bool names_a_secret(std::string_view name) {
  constexpr auto patterns = std::to_array<std::string_view>(
      {"*_API_KEY", "*_TOKEN", "*_SECRET", "*_SECRET_*", "*PASSWORD*", "*_CREDENTIALS"});
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](auto pattern) { return matches_glob(pattern, name); });
}

Json passthrough_mode(std::string_view words) {
  if (words == "auto" || words == "all" || words == "none") return std::string(words);
  const auto names = split(words, ',');
  if (!std::ranges::all_of(names, is_variable_name)) {
    throw Error(ErrorKind::usage,
                "--env-passthrough takes auto, all, none, or names of variables separated by commas")
        .hint("-e NAME=VALUE sets a variable");
  }
  return names;
}

Variables passed_variables(const Environment& environment, const Json& mode,
                           const std::vector<std::string>& patterns) {
  Variables passed;
  const auto wanted = [&](const std::string& name) {
    if (!is_variable_name(name)) return false;
    if (mode.is_array()) return std::find(mode.begin(), mode.end(), name) != mode.end();
    if (mode == "none" || contains(never_passed, name)) return false;
    if (mode == "all") return true;
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return matches_glob(pattern, name); });
  };
  for (const auto& [name, value] : environment.variables) {
    if (wanted(name)) passed[name] = value;
  }
  return passed;
}

std::optional<std::string> forwarded_git_settings() {
  return settings_of({"git", "config", "--global", "--includes", "--list", "-z"});
}

std::optional<std::string> forwarded_local_git_settings(const Environment& environment) {
  const auto file = environment.home() / ".gitconfig.local";
  if (!std::filesystem::is_regular_file(file)) return std::nullopt;
  return settings_of({"git", "config", "--file", file.string(), "--no-includes", "--list", "-z"});
}

std::optional<std::string> host_gh_token(std::string& reason) {
  if (!program_exists("gh")) {
    reason = "gh is not installed on the host";
    return std::nullopt;
  }
  try {
    const auto said = run_process({"gh", "auth", "token"}, std::chrono::seconds(10));
    std::string token(trim(said.standard_output));
    if (said.exit_code == 0 && !token.empty() && token.find_first_of(" \t\r\n") == std::string::npos)
      return token;
    reason = "`gh auth token` on the host gave none; `gh auth status` says more";
  } catch (const Error& error) {
    reason = error.what();
  }
  return std::nullopt;
}

}  // namespace cai
