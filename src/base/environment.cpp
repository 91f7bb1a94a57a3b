#include "cai/base/environment.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <vector>

#include "base/system_call.hpp"

namespace cai {

namespace fs = std::filesystem;

namespace {

std::map<std::string, std::string> variables_of_this_process() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    // The first of two equal names wins, as with getenv(3).
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

/// Home directory in the password database; empty when the user has no entry there.
std::string home_in_password_database(uid_t uid) {
  std::vector<char> buffer(1024);
  passwd entry{};
  passwd* found = nullptr;
  int error = getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
  while ((error == ERANGE && buffer.size() < (1U << 20U)) || error == EINTR) {
    if (error == ERANGE) buffer.resize(buffer.size() * 2);
    error = getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
  }
  // "Not found" has many error numbers (getpwuid(3)); whatever the reason, there is no home to be had.
  return error == 0 && found != nullptr && found->pw_dir != nullptr ? found->pw_dir : "";
}

/// The base directory that a variable names. The XDG specification: relative ones are to be ignored.
fs::path base_directory(const Environment& environment, const std::string& variable, const char* below_home) {
  const fs::path named = environment.get(variable).value_or("");
  return named.is_absolute() ? named : environment.home() / below_home;
}

fs::path runtime_directory(const Environment& environment, const fs::path& state) {
  const fs::path named = environment.get("XDG_RUNTIME_DIR").value_or("");
  std::error_code unreadable_is_absent;
  const bool usable = named.is_absolute() && fs::is_directory(named, unreadable_is_absent);
  return usable ? named / "containai" : state / "run";
}

}  // namespace

std::optional<std::string> Environment::get(const std::string& name) const {
  const auto found = variables.find(name);
  if (found == variables.end()) return std::nullopt;
  return found->second;
}

fs::path Environment::home() const {
  std::string home = get("HOME").value_or("");
  if (home.empty()) home = home_in_password_database(uid);
  if (home.empty()) {
    throw Error(ErrorKind::failed,
                "your home directory is not known: HOME is not set, and the password database "
                "has none for this user")
        .hint("Set HOME to your home directory and try again.");
  }
  if (fs::path(home).is_relative()) {
    throw Error(ErrorKind::failed, fmt::format("the home directory '{}' is not an absolute path", home))
        .hint("Set HOME to a path that starts with '/' and try again.");
  }
  return home;
}

Environment Environment::of_this_process() {
  Environment environment;
  environment.variables = variables_of_this_process();
  std::error_code gone_is_empty;
  const fs::path directory = fs::current_path(gone_is_empty);
  // Outside our root the kernel answers "(unreachable)/...".
  if (directory.is_absolute()) environment.working_directory = directory;
  environment.uid = getuid();
  environment.gid = getgid();
  return environment;
}

Paths Paths::of(const Environment& environment) {
  Paths paths;
  paths.config = base_directory(environment, "XDG_CONFIG_HOME", ".config") / "containai";
  paths.state = base_directory(environment, "XDG_STATE_HOME", ".local/state") / "containai";
  paths.runtime = runtime_directory(environment, paths.state);
  paths.ssh = environment.home() / ".ssh";
  return paths;
}

}  // namespace cai
