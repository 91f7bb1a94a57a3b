#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/operation.hpp"

namespace cai {

using Variables = std::map<std::string, std::string>;

/// `*` stands for any text; letters are compared exactly.
bool matches_glob(std::string_view pattern, std::string_view name);
/// A name that a shell can export.
bool is_variable_name(std::string_view name);
/// True for names that by custom hold a secret: *_API_KEY, *_TOKEN, *_SECRET, *PASSWORD*.
bool names_a_secret(std::string_view name);

/// What env_passthrough takes from the host; `mode` is "auto", "all", "none" or a list.
Variables passed_variables(const Environment& environment, const Json& mode,
                           const std::vector<std::string>& patterns);

/// The host's global git settings with all includes resolved, without what holds credentials or points at the
/// host, as a file. nullopt: there is no git, or no settings.
std::optional<std::string> forwarded_git_settings();
/// The same of ~/.gitconfig.local.
std::optional<std::string> forwarded_local_git_settings(const Environment& environment);

/// What `gh auth token` says; the reason why not in `reason`.
std::optional<std::string> host_gh_token(std::string& reason);

}  // namespace cai
