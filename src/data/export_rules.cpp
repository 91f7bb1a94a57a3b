#include "cai/data/export_rules.hpp"

#include <fnmatch.h>

#include <algorithm>

#include "cai/data/volume_layout.hpp"

namespace cai {
namespace {

bool is_at_or_below(std::string_view path, std::string_view top) {
  return path.starts_with(top) && (path.size() == top.size() || path[top.size()] == '/');
}

bool matches(const std::string& glob, const std::string& text) {
  return fnmatch(glob.c_str(), text.c_str(), FNM_PATHNAME) == 0;
}

}  // namespace

ExportRules::ExportRules(const std::vector<std::string>& patterns, bool without_credentials)
    : without_credentials_(without_credentials) {
  for (std::string glob : patterns) {
    while (glob.size() > 1 && glob.ends_with('/')) glob.pop_back();
    if (glob.starts_with("./")) glob.erase(0, 2);
    const bool in_home = glob.starts_with("~/");
    if (in_home) glob.replace(0, 1, home_in_volume);
    const bool whole_path = glob.find('/') != std::string::npos;
    if (glob.starts_with('/')) glob.erase(0, 1);
    if (!glob.empty()) patterns_.push_back({std::move(glob), whole_path});
  }
}

bool ExportRules::excludes(const std::string& path) const {
  if (path == lock_in_volume || is_at_or_below(path, import_in_volume) ||
      is_at_or_below(path, cache_in_volume))
    return true;
  if (patterns_.empty()) return false;
  std::size_t begin = 0;
  while (begin < path.size()) {
    const auto end = std::min(path.find('/', begin), path.size());
    const auto upper = path.substr(0, end);
    const auto component = path.substr(begin, end - begin);
    const bool excluded = std::ranges::any_of(patterns_, [&](const Pattern& pattern) {
      return matches(pattern.glob, pattern.whole_path ? upper : component);
    });
    if (excluded) return true;
    begin = end + 1;
  }
  return false;
}

bool ExportRules::holds_back(std::string_view path) const {
  if (!without_credentials_ || !is_at_or_below(path, home_in_volume)) return false;
  if (path.size() <= home_in_volume.size()) return false;
  return is_credential(path.substr(home_in_volume.size() + 1));
}

bool is_credential(std::string_view path) {
  return std::ranges::any_of(credential_paths(), [&](std::string_view credential) {
    if (!credential.ends_with('/')) return path == credential;
    return is_at_or_below(path, credential.substr(0, credential.size() - 1));
  });
}

const std::vector<std::string_view>& credential_paths() {
  static const std::vector<std::string_view> paths = {
      // agents
      ".claude/.credentials.json",
      ".claude.json",
      ".codex/auth.json",
      ".gemini/oauth_creds.json",
      ".gemini/google_accounts.json",
      ".gemini/mcp-oauth-tokens.json",
      ".gemini/.env",
      ".config/github-copilot/",
      ".copilot/config.json",
      ".copilot/mcp-oauth-config/",
      ".local/share/opencode/auth.json",
      ".local/share/opencode/mcp-auth.json",
      ".kimi/credentials/",
      ".kimi/config.toml",
      ".pi/agent/auth.json",
      ".aider.conf.yml",
      ".aider/oauth-keys.env",
      ".continue/config.json",
      ".continue/config.yaml",
      ".continue/.env",
      ".cursor/mcp.json",
      ".config/cursor/auth.json",
      // version control and package registries
      ".git-credentials",
      ".config/git/credentials",
      ".config/gh/hosts.yml",
      ".config/hub",
      ".config/glab-cli/config.yml",
      ".netrc",
      ".npmrc",
      ".yarnrc.yml",
      ".pypirc",
      ".cargo/credentials",
      ".cargo/credentials.toml",
      ".gem/credentials",
      ".m2/settings.xml",
      ".gradle/gradle.properties",
      ".composer/auth.json",
      ".config/composer/auth.json",
      ".docker/config.json",
      ".config/containers/auth.json",
      // clouds and clusters
      ".aws/credentials",
      ".aws/sso/",
      ".aws/cli/cache/",
      ".azure/",
      ".config/gcloud/",
      ".kube/",
      ".terraform.d/credentials.tfrc.json",
      ".vault-token",
      ".config/doctl/",
      ".config/hcloud/",
      ".config/rclone/rclone.conf",
      ".s3cfg",
      // keys and other logins
      ".ssh/",
      ".gnupg/",
      ".password-store/",
      ".local/share/keyrings/",
      ".config/op/",
      ".pgpass",
      ".my.cnf",
      ".env",
  };
  return paths;
}

}  // namespace cai
