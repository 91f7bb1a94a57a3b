#include "cli/changed_files.hpp"

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "cai/data/volume_layout.hpp"
#include "cai/run/signals.hpp"

namespace cai {
namespace {

constexpr std::chrono::seconds patience(60);

ExecRequest shell(const std::string& script) {
  return {.command = {"/bin/sh", "-c", script}, .environment = {}, .user = "", .working_directory = "/"};
}

/// What a program inside says; or why it does not. What it lists counts although it fails in the end: a file
/// may be gone before it is looked at.
std::expected<std::string, std::string> output_of(Engine& engine, const ContainerId& container,
                                                  const std::string& script) try {
  const BoundedCalls bounded(engine, {.interrupted = SignalWatch::asks_to_stop});
  auto result = engine.execute(container, shell(script), Deadline::in(patience));
  if (!result) return std::unexpected("it has stopped meanwhile");
  if (result->exit_code != 0 && result->standard_output.empty()) {
    return std::unexpected("`" + script.substr(0, script.find(' ')) + "` fails inside");
  }
  return std::move(result->standard_output);
} catch (const Error& error) {
  if (error.kind() == ErrorKind::interrupted) throw;
  return std::unexpected(error.what());
}

}  // namespace

ChangedFiles::ChangedFiles(const Connect& connect, const WorkspaceRow& row)
    : engine_(connect()),
      beginning_(std::async(std::launch::async, mark, std::ref(*engine_),
                            row.container.empty() ? row.name : row.container.value)) {}

std::optional<ChangedFiles::Beginning> ChangedFiles::mark(Engine& engine, const std::string& id_or_name) {
  const auto details = engine.inspect_container(id_or_name);
  if (!details || details->container.state != ContainerState::running) return std::nullopt;
  return Beginning{details->container.id, output_of(engine, details->container.id, "date +%s.%N")};
}

ChangedFiles::Names ChangedFiles::find(Engine& engine, const Beginning& beginning) {
  if (!beginning.time) return std::unexpected(beginning.time.error());
  const std::string since(trim(*beginning.time));
  // It comes from inside and goes into a command line again.
  if (since.empty() || since.find_first_not_of("0123456789.") != std::string::npos) {
    return std::unexpected("`date` does not tell the time inside");
  }
  const std::string top = volume_mount_point;
  const auto output = output_of(engine, beginning.container,
                                "find " + top + " -path " + top + "/" + std::string(cache_in_volume) +
                                    " -prune -o -type f -newerct @" + since + " -printf '%P\\0'");
  if (!output) return std::unexpected(output.error());
  auto changed = split(*output, '\0');
  changed.pop_back();  // nothing, or a name that the limit of an answer has cut
  return changed;
}

bool ChangedFiles::may_change() {
  return beginning_.get().has_value();
}

void ChangedFiles::look() {
  if (!may_change()) return;
  names_ = std::async(std::launch::async, [this] { return find(*engine_, *beginning_.get()); });
}

ChangedFiles::Names ChangedFiles::names() {
  return names_.valid() ? names_.get() : Names();
}

}  // namespace cai
