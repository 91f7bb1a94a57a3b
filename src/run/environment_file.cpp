#include "run/environment_file.hpp"

#include <unistd.h>

#include <chrono>

#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

constexpr std::string_view suffix = ".environment";
/// It lives for less than a second; whoever is older than this was left behind.
constexpr std::chrono::minutes stale_age(10);

/// 125, because the command was not started.
std::string set_up_script(const std::string& script) {
  if (script.empty()) return {};
  return "containai_said=$( { " + script +
         "\n} 2>&1 ) || { printf '%s\\n' \"$containai_said\" >&2; exit 125; }\n"
         "unset containai_said\n";
}

std::filesystem::path directory_of(const Paths& paths) {
  return paths.runtime / "runs";
}

}  // namespace

EnvironmentFile::EnvironmentFile(const Paths& paths, const RunId& id, const RunRequest& request) {
  if (request.environment.empty() && request.variables.empty() && request.set_up.empty()) return;
  ensure_directory(paths.runtime);
  ensure_directory(directory_of(paths));
  std::string text = request.variables;
  for (const auto& [name, value] : request.environment)
    text += "export " + name + "=" + shell_quote(value) + "\n";
  text += set_up_script(request.set_up);
  path_ = (directory_of(paths) / (id.value + std::string(suffix))).string();
  write_file_atomically(path_, text, 0600);
}

void EnvironmentFile::remove() {
  if (!path_.empty()) ::unlink(path_.c_str());
  path_.clear();
}

void remove_stale_environment_files(const Paths& paths) {
  std::error_code ignored;  // what cannot be looked at is left for another time
  const auto now = std::filesystem::file_time_type::clock::now();
  for (const auto& entry : std::filesystem::directory_iterator(directory_of(paths), ignored)) {
    const auto written = entry.last_write_time(ignored);
    if (ignored || !entry.path().native().ends_with(suffix) || now - written < stale_age) continue;
    std::filesystem::remove(entry.path(), ignored);
  }
}

}  // namespace cai
