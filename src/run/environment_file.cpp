#include "run/environment_file.hpp"

#include <unistd.h>

#include <chrono>

#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "cai/run/run.hpp"

namespace cai {
namespace {

constexpr std::string_view suffix = ".environment";
/// It lives for less than a second; whoever is older than this was left behind.
constexpr std::chrono::minutes stale_age(10);

std::filesystem::path directory_of(const Paths& paths) {
  return paths.runtime / "runs";
}

}  // namespace

EnvironmentFile::EnvironmentFile(const Paths& paths, const RunId& id,
                                 const std::map<std::string, std::string>& variables) {
  if (variables.empty()) return;
  ensure_directory(paths.runtime);
  ensure_directory(directory_of(paths));
  std::string text;
  for (const auto& [name, value] : variables) text += "export " + name + "=" + shell_quote(value) + "\n";
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
