#include "run/environment_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

constexpr std::string_view suffix = ".environment";

/// 125, because the command was not started.
std::string set_up_script(const std::string& script) {
  if (script.empty()) return {};
  return "containai_said=$( { " + script +
         "\n} 2>&1 ) || { printf '%s\\n' \"$containai_said\" >&2; exit 125; }\n"
         "unset containai_said\n";
}

/// The owner stands in the name: no clock says whether somebody still needs the file.
std::string name_for(const RunId& id, const std::string& owner) {
  auto name = id.value + "_" + owner + std::string(suffix);
  std::ranges::replace(name, '/', '_');
  return name;
}

std::optional<ProcessIdentity> owner_of(std::string name) {
  const auto begin = name.find('_');
  if (begin == std::string::npos || !name.ends_with(suffix)) return std::nullopt;
  name = name.substr(begin + 1, name.size() - begin - 1 - suffix.size());
  std::ranges::replace(name, '_', '/');
  return parse_process_identity(name);
}

/// Under its own name from the first byte, because that name tells the sweep whose it is; nobody else reads
/// it before it is whole, and it has no need to survive the machine.
void write_new_file(const std::string& path, std::string_view text) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  bool whole = file.valid() && ::fchmod(file.get(), 0600) == 0;
  while (whole && !text.empty()) {
    const ssize_t count = ::write(file.get(), text.data(), text.size());
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
    whole = count > 0 || errno == EINTR;
  }
  if (whole) return;
  const int why = errno;
  if (file.valid()) ::unlink(path.c_str());
  throw Error(ErrorKind::failed,
              fmt::format("cannot write the variables of the run to {}: {}", path, std::strerror(why)));
}

std::filesystem::path directory_of(const Paths& paths) {
  return paths.runtime / "runs";
}

}  // namespace

EnvironmentFile::EnvironmentFile(const Paths& paths, const RunId& id, const std::string& owner,
                                 const RunRequest& request) {
  if (request.environment.empty() && request.variables.empty() && request.set_up.empty()) return;
  ensure_directory(paths.runtime);
  ensure_directory(directory_of(paths));
  std::string text = request.variables;
  for (const auto& [name, value] : request.environment)
    text += "export " + name + "=" + shell_quote(value) + "\n";
  text += set_up_script(request.set_up);
  path_ = (directory_of(paths) / name_for(id, owner)).string();
  write_new_file(path_, text);
}

void EnvironmentFile::remove() {
  if (!path_.empty()) ::unlink(path_.c_str());
  path_.clear();
}

void remove_dead_environment_files(const Paths& paths, const ProcessIdentity& self) {
  std::error_code ignored;  // what cannot be looked at is left for another time
  for (const auto& entry : std::filesystem::directory_iterator(directory_of(paths), ignored)) {
    const auto owner = owner_of(entry.path().filename().string());
    if (owner && liveness_of(*owner, self) == Liveness::dead) std::filesystem::remove(entry.path(), ignored);
  }
}

}  // namespace cai
