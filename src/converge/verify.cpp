#include <fmt/format.h>

#include "cai/base/text.hpp"
#include "cai/converge/reconciler.hpp"

namespace cai {
namespace {

constexpr std::chrono::seconds ready_limit(60);
constexpr int log_lines = 15;

/// What the image's init says with its exit code (src/image/runtime/init).
constexpr int volume_busy = 75;

std::string last_words(Engine& engine, const ContainerId& id) {
  std::string words;
  for (const auto& line : split(engine.container_logs(id, log_lines), '\n')) {
    if (!trim(line).empty()) words += "\n    " + escape_for_terminal(trim(line));
  }
  return words;
}

Error ended_at_once(Engine& engine, const ContainerDetails& details, const std::string& name) {
  if (details.exit_code == volume_busy) {
    return Error(ErrorKind::start_failed, "the data volume of " + name + " is in use by another container")
        .hint(
            "a container that the engine no longer lists may still hold it: restart the engine, then try "
            "again");
  }
  Error error(ErrorKind::start_failed,
              fmt::format("container {} ended at once with exit code {}{}", name, details.exit_code,
                          last_words(engine, details.container.id)));
  error.hint("mend the template, then `cai --fresh`");
  return error;
}

/// systemd says itself whether the system is up; "degraded" is up with a unit that failed, which is the
/// user's to see.
void verify_systemd(Engine& engine, const ContainerId& id, EventSink& events) {
  const auto result = engine.execute(id,
                                     {.command = {"systemctl", "is-system-running", "--wait"},
                                      .environment = {},
                                      .user = "0",
                                      .working_directory = "/"},
                                     Deadline::in(ready_limit));
  if (!result) throw Error(ErrorKind::start_failed, "the container stopped while systemd was starting");
  const auto state = std::string(trim(result->standard_output));
  if (state == "degraded") {
    events.notice("systemd reports \"degraded\": a unit failed inside (`cai exec -- systemctl --failed`)");
  } else if (state != "running") {
    throw Error(ErrorKind::start_failed, "systemd inside reports \"" + escape_for_terminal(state) + "\"");
  }
}

}  // namespace

void Reconciler::verify_ready(const Desired& desired, const WorkspaceOptions& options) {
  std::optional<ContainerDetails> details;
  const auto stopped = [&] {
    details = shop_.engine.inspect_container(desired.name);
    return !details || details->container.state != ContainerState::running;
  };
  const bool answers = shop_.await_ready(desired.specification.port, Deadline::in(ready_limit), stopped);
  if (!answers) {
    if (!details)
      throw Error(ErrorKind::start_failed, "container " + desired.name + " disappeared while starting");
    if (details->container.state != ContainerState::running) {
      throw ended_at_once(shop_.engine, *details, desired.name);
    }
    throw Error(ErrorKind::ssh_setup,
                fmt::format("{} runs, but no sshd answers on 127.0.0.1:{}{}", desired.name,
                            desired.specification.port, last_words(shop_.engine, details->container.id)))
        .hint(
            "an image needs openssh-server: install it in the template, or start the template from "
            "${BASE_IMAGE}");
  }
  if (options.chosen.systemd) {
    if (stopped()) throw ended_at_once(shop_.engine, *details, desired.name);
    verify_systemd(shop_.engine, details->container.id, shop_.events);
  }
}

}  // namespace cai
