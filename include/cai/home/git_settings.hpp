#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cai {

/// Whether a setting stays outside: `section` in lower case, `key` in full as git lists it.
using GitSettingFilter =
    std::function<bool(std::string_view section, std::string_view key, std::string_view value)>;

/// True for what holds credentials, names files of the host, or runs its programs: credential, http, safe,
/// and the includes, which are resolved already.
bool is_host_git_setting(std::string_view section);
/// The same, and signing: keys, programs, and the wish to sign, which could not be met inside; and addresses
/// that carry a login (`https://token@host/`).
bool stays_outside_home(std::string_view section, std::string_view key, std::string_view value);

/// `git config --list -z` as a file that git reads: "a.b.c" becomes [a "b"], values are quoted.
std::string git_settings_file(std::string_view listing, const GitSettingFilter& leave_out);

/// For whom settings are read.
struct GitScope {
  std::filesystem::path home;  ///< what "~" means
  std::filesystem::path
      git_directory;  ///< of the repository that conditions (`includeIf "gitdir:"`) ask about
};

/// Lists what the files say with all their includes, as `git config --list -z` does. git(1) reads them, from
/// no repository: nothing that a repository says counts, and conditions about its directory are judged here.
/// nullopt: there is no git, or it refuses; `why` says so.
std::optional<std::string> list_git_settings(const std::vector<std::filesystem::path>& files,
                                             const GitScope& scope, std::string& why);

/// Whether `includeIf "gitdir:PATTERN"` of the file at `origin` holds.
bool git_directory_matches(std::string_view pattern, const GitScope& scope,
                           const std::filesystem::path& origin, bool ignore_case);

}  // namespace cai
