#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/operation.hpp"
#include "cai/agent/passthrough.hpp"

namespace cai {

/// `*` stands for any text; letters are compared exactly.
bool matches_glob(std::string_view pattern, std::string_view name);
/// True for names that by custom hold a secret: *_API_KEY, *_TOKEN, *_SECRET, *PASSWORD*.
bool names_a_secret(std::string_view name);

/// The host's global git settings with all includes resolved, without what holds credentials or points at the
/// host, as a file. nullopt: there is no git, or no settings.
std::optional<std::string> forwarded_git_settings();
/// The same of ~/.gitconfig.local.
std::optional<std::string> forwarded_local_git_settings(const Environment& environment);

/// What `gh auth token` says; the reason why not in `reason`.
std::optional<std::string> host_gh_token(std::string& reason);

}  // namespace cai
