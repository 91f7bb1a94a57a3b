#include "cli/changed_files.hpp"

#include "cai/base/text.hpp"
#include "cai/data/volume_layout.hpp"

namespace cai {
namespace {

constexpr std::chrono::seconds patience(60);

ExecRequest shell(const std::string& script) {
  return {.command = {"/bin/sh", "-c", script}, .environment = {}, .user = "", .working_directory = "/"};
}

}  // namespace

ChangedFiles::ChangedFiles(Engine& engine, const WorkspaceRow& row) : engine_(engine) {
  const auto details = engine.inspect_container(row.container.empty() ? row.name : row.container.value);
  if (!details || details->container.state != ContainerState::running) return;
  container_ = details->container.id;
  const auto result = engine.execute(*container_, shell("date +%s.%N"), Deadline::in(patience));
  if (!result || result->exit_code != 0) return;
  beginning_ = trim(result->standard_output);
  // What comes from inside goes into a command line again: digits and a dot only.
  if (beginning_.find_first_not_of("0123456789.") != std::string::npos) beginning_.clear();
}

std::optional<std::vector<std::string>> ChangedFiles::names(
    const std::function<bool(const std::string&)>& counts) {
  std::vector<std::string> changed;
  if (!container_) return changed;
  if (beginning_.empty()) return std::nullopt;
  const std::string top = volume_mount_point;
  const auto script = "find " + top + " -path " + top + "/" + std::string(cache_in_volume) +
                      " -prune -o -type f -newerct @" + beginning_ + " -printf '%P\\0'";
  const auto result = engine_.execute(*container_, shell(script), Deadline::in(patience));
  // Not running any more: nobody writes now, but somebody may have.
  if (!result || (result->exit_code != 0 && result->standard_output.empty())) return std::nullopt;
  for (auto& path : split(result->standard_output, '\0')) {
    if (!path.empty() && counts(path)) changed.push_back(std::move(path));
  }
  return changed;
}

}  // namespace cai
