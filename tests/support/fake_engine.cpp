#include "support/fake_engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "cai/model/names.hpp"

namespace cai {
namespace {

bool is_active(ContainerState state) {
  return state == ContainerState::running || state == ContainerState::paused ||
         state == ContainerState::restarting;
}

void set_state_of(FakeContainer& container, ContainerState state) {
  container.details.container.state = state;
  container.details.container.state_text = to_string(state);
}

bool matches(const ObservedContainer& container, const ContainerFilter& filter) {
  const bool labels = std::ranges::all_of(filter.labels, [&](const auto& wanted) {
    const auto found = container.labels.find(wanted.first);
    return found != container.labels.end() && (wanted.second.empty() || found->second == wanted.second);
  });
  return labels &&
         (filter.states.empty() || std::ranges::find(filter.states, container.state) != filter.states.end());
}

std::string last_lines(const std::string& text, int lines) {
  if (lines <= 0) return "";
  auto start = text.size();
  if (text.ends_with('\n')) --start;
  while (start > 0) {
    if (text[start - 1] == '\n' && --lines == 0) break;
    --start;
  }
  return text.substr(start);
}

}  // namespace

// --- Calls and faults
// -------------------------------------------------------------------------------------------------

FakeEngine::FakeEngine(std::shared_ptr<ManualClock> shared_clock) : clock(std::move(shared_clock)) {
  identity.id = {"FAKE:ENGI:NEFA:KEEN:GINE:FAKE:ENGI:NEFA:KEEN:GINE:FAKE:ENGI"};
  identity.product.name = "Docker Engine";
  identity.product.version = "20.10.24";
  identity.product.api_version = "1.41";
  identity.cgroup_version = "2";
  identity.data_directory = "/var/lib/docker";
  identity.runtimes = {"runc"};
  identity.memory_bytes = 8LL << 30;
  identity.processors = 4;
  bind_source_exists = [](const std::string& path) { return std::filesystem::exists(path); };
}

std::vector<std::string> FakeEngine::call_log() const {
  std::vector<std::string> lines;
  for (const auto& call : calls_) lines.push_back(call.text);
  return lines;
}

std::vector<std::string> FakeEngine::change_log() const {
  std::vector<std::string> lines;
  for (const auto& call : calls_) {
    if (call.changes) lines.push_back(call.text);
  }
  return lines;
}

void FakeEngine::reset_calls() {
  calls_.clear();
  changes_ = 0;
  faults_.clear();
  change_faults_.clear();
}

std::optional<Fault> FakeEngine::begin(std::string text, bool changes) {
  if (quiet_ > 0) return std::nullopt;
  if (crashed_) throw SimulatedCrash{*crashed_};
  FakeCall call{call_count() + 1, changes, std::move(text)};
  calls_.push_back(call);
  if (changes) ++changes_;
  if (actor) quietly([&] { actor(*this, call); });
  if (!reachable_) raise(Fault::error_before);
  if (const auto planned = faults_.find(call.number); planned != faults_.end()) return planned->second;
  if (!changes) return std::nullopt;
  const auto planned = change_faults_.find(changes_);
  return planned == change_faults_.end() ? std::nullopt : std::optional(planned->second);
}

void FakeEngine::raise(Fault fault) {
  if (fault == Fault::throw_before || fault == Fault::throw_after) {
    crashed_ = call_count();
    throw SimulatedCrash{call_count()};
  }
  if (fault == Fault::conflict) throw Error(ErrorKind::failed, "the engine refused: simulated conflict");
  throw Error(ErrorKind::engine_unreachable, "the engine does not answer (simulated)");
}

std::string FakeEngine::brief(const std::string& id_or_name) {
  return id_or_name.size() == 64 ? id_or_name.substr(0, 12) : id_or_name;
}

// The engine's rule for container names is its rule for volume names.
void FakeEngine::require_object_name(const std::string& kind, const std::string& name) {
  if (!is_valid_volume_name(name)) {
    throw Error(ErrorKind::failed,
                fmt::format("Invalid {} name ({}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed", kind, name));
  }
}

// --- What the test does to the world
// ----------------------------------------------------------------------------------

std::string FakeEngine::next_id() {
  return sha256_hex(fmt::format("fake engine object {}", ++world.serial));
}

FakeContainer& FakeEngine::require(const std::string& id_or_name) {
  auto* container = world.find_container(id_or_name);
  if (container == nullptr) throw Error(ErrorKind::failed, "No such container: " + id_or_name);
  return *container;
}

std::string FakeEngine::add_image(const std::string& tag, const Labels& labels) {
  ImageDetails image{.id = "sha256:" + next_id(),
                     .tags = {},
                     .labels = labels,
                     .size_bytes = 80'000'000,
                     .created = clock->now(),
                     .parent = {}};
  const std::string id = image.id;
  world.images.emplace(id, std::move(image));
  tag_image(id, tag);
  return id;
}

void FakeEngine::pause(const std::string& id_or_name) {
  set_state(id_or_name, ContainerState::paused);
}

void FakeEngine::end(const std::string& id_or_name, int exit_code) {
  auto& container = require(id_or_name);
  set_state_of(container, ContainerState::exited);
  container.details.exit_code = exit_code;
  container.details.finished = clock->now();
  container.details.pid = 0;
}

void FakeEngine::set_state(const std::string& id_or_name, ContainerState state) {
  auto& container = require(id_or_name);
  set_state_of(container, state);
  if (!is_active(state)) container.details.pid = 0;
}

void FakeEngine::remove_by_force(const std::string& id_or_name) {
  const std::string id = require(id_or_name).details.container.id.value;
  world.containers.erase(id);
}

// --- Containers
// -------------------------------------------------------------------------------------------------------

EngineInformation FakeEngine::information() {
  return read("information", [&] { return identity; });
}

std::vector<ObservedContainer> FakeEngine::list_containers(const ContainerFilter& filter) {
  return read("list", [&] {
    std::vector<const FakeContainer*> found;
    for (const auto& [id, container] : world.containers) {
      if (matches(container.details.container, filter)) found.push_back(&container);
    }
    std::ranges::sort(found, std::greater<>(),
                      [](const FakeContainer* container) { return container->serial; });
    std::vector<ObservedContainer> answer;
    for (const auto* container : found) {
      auto entry = container->details.container;
      for (const auto& [target, volume] : container->details.volume_mounts) entry.volumes.push_back(volume);
      for (const auto& mount : container->request.mounts) {
        if (mount.type == MountRequest::Type::bind && !mount.read_only)
          entry.writable_directories.push_back(mount.source);
      }
      answer.push_back(std::move(entry));
    }
    return answer;
  });
}

std::optional<ContainerDetails> FakeEngine::inspect_container(const std::string& id_or_name) {
  return read("inspect " + brief(id_or_name), [&]() -> std::optional<ContainerDetails> {
    const auto* container = world.find_container(id_or_name);
    if (container == nullptr) return std::nullopt;
    return container->details;
  });
}

void FakeEngine::require_bind_sources(const ContainerRequest& request) const {
  for (const auto& mount : request.mounts) {
    if (mount.type == MountRequest::Type::bind && !bind_source_exists(mount.source)) {
      throw Error(ErrorKind::failed,
                  "invalid mount config for type \"bind\": bind source path does not exist: " + mount.source);
    }
  }
}

CreateResult FakeEngine::create_container(const std::string& name, const ContainerRequest& request) {
  const auto create = [&]() -> CreateResult {
    require_object_name("container", name);
    const auto* image = world.find_image(request.image);
    if (image == nullptr) return {Outcome::missing, {}, "No such image: " + request.image};
    if (world.find_container(name) != nullptr || world.reserved_names.contains(name)) {
      return {
          Outcome::conflict, {}, fmt::format("Conflict. The container name \"/{}\" is already in use", name)};
    }
    require_bind_sources(request);
    FakeContainer made;
    made.request = request;
    auto& details = made.details;
    auto& container = details.container;
    container.id = {next_id()};
    container.name = name;
    container.labels = image->labels;
    container.image = request.image;
    container.image_id = image->id;
    container.created = clock->now();
    for (const auto& [key, value] : request.labels) details.container.labels[key] = value;
    details.ports = request.loopback_ports;
    for (const auto& mount : request.mounts) {
      if (mount.type != MountRequest::Type::volume) continue;
      // As the engine does it: a volume that is missing is made without a word, and without labels.
      world.volumes.try_emplace(mount.source, ObservedVolume{mount.source, {}, clock->now()});
      details.volume_mounts[mount.target] = mount.source;
    }
    made.serial = world.serial;
    set_state_of(made, ContainerState::created);
    const ContainerId id = details.container.id;
    world.containers.emplace(id.value, std::move(made));
    return {Outcome::done, id, ""};
  };
  return change("create " + name, create, [] {
    return CreateResult{Outcome::conflict, {}, "Conflict (simulated)"};
  });
}

std::optional<int> FakeEngine::taken_port(const FakeContainer& container) const {
  for (const auto& [inside, port] : container.request.loopback_ports) {
    if (world.busy_ports.contains(port)) return port;
    for (const auto& [id, other] : world.containers) {
      if (&other == &container || !is_active(other.details.container.state)) continue;
      for (const auto& [other_inside, other_port] : other.request.loopback_ports) {
        if (other_port == port) return port;
      }
    }
  }
  return std::nullopt;
}

void FakeEngine::run_main_program(FakeContainer& container) {
  auto& details = container.details;
  std::optional<ExecResult> ended;
  try {
    const bool later = container.attached && attached_program;
    if (main_program && !later) ended = main_program(container);
  } catch (const Error& error) {
    details.error = error.what();
    details.exit_code = 127;
    throw;
  }
  details.started = clock->now();
  details.error.clear();
  details.exit_code = 0;
  details.pid = 4000 + static_cast<std::int64_t>(container.serial);
  set_state_of(container, ContainerState::running);
  if (!ended) return;
  container.log += ended->standard_output + ended->standard_error;
  container.pieces.emplace_back(OutputStream::output, ended->standard_output);
  container.pieces.emplace_back(OutputStream::error, ended->standard_error);
  end(details.container.id.value, ended->exit_code);
}

StartResult FakeEngine::start(FakeContainer& container) {
  const ContainerState state = container.details.container.state;
  if (state == ContainerState::running || state == ContainerState::restarting)
    return {Outcome::unchanged, false, ""};
  if (state == ContainerState::paused) {
    return {Outcome::conflict, false, "cannot start a paused container, try unpause instead"};
  }
  if (state != ContainerState::created && state != ContainerState::exited) {
    return {Outcome::conflict, false, "container is marked for removal and cannot be started"};
  }
  require_bind_sources(container.request);
  if (const auto port = taken_port(container)) {
    container.details.error = fmt::format("Bind for 127.0.0.1:{} failed: port is already allocated", *port);
    container.details.exit_code = 128;
    return {Outcome::conflict, true, container.details.error};
  }
  run_main_program(container);
  return {};
}

StartResult FakeEngine::start_container(const ContainerId& id) {
  const auto effect = [&]() -> StartResult {
    auto* container = world.find_container(id.value);
    if (container == nullptr) return {Outcome::missing, false, "No such container: " + id.value};
    return start(*container);
  };
  return change("start " + brief(id.value), effect, [] {
    return StartResult{Outcome::conflict, false, "Conflict (simulated)"};
  });
}

Outcome FakeEngine::stop_container(const ContainerId& id, int /*grace_seconds*/) {
  const auto effect = [&] {
    auto* container = world.find_container(id.value);
    if (container == nullptr) return Outcome::missing;
    if (!is_active(container->details.container.state)) return Outcome::unchanged;
    // PID 1 ignores SIGTERM unless it asked for it; the engine's init passes it on, and the program dies of
    // it.
    end(id.value, container->request.engine_init ? 128 + 15 : 128 + 9);
    return Outcome::done;
  };
  return change("stop " + brief(id.value), effect, [] { return Outcome::conflict; });
}

Outcome FakeEngine::unpause_container(const ContainerId& id) {
  const auto effect = [&] {
    auto* container = world.find_container(id.value);
    if (container == nullptr) return Outcome::missing;
    if (container->details.container.state != ContainerState::paused) return Outcome::conflict;
    set_state_of(*container, ContainerState::running);
    return Outcome::done;
  };
  return change("unpause " + brief(id.value), effect, [] { return Outcome::conflict; });
}

Outcome FakeEngine::rename_container(const ContainerId& id, const std::string& name) {
  const auto effect = [&] {
    auto* container = world.find_container(id.value);
    if (container == nullptr) return Outcome::missing;
    require_object_name("container", name);
    const auto* holder = world.find_container(name);
    if (holder == container) return Outcome::unchanged;
    if (holder != nullptr) return Outcome::conflict;
    container->details.container.name = name;
    return Outcome::done;
  };
  return change(fmt::format("rename {} {}", brief(id.value), name), effect, [] { return Outcome::conflict; });
}

Outcome FakeEngine::remove_container(const ContainerId& id) {
  const auto effect = [&] {
    const auto* container = world.find_container(id.value);
    if (container == nullptr) return Outcome::unchanged;
    const ContainerState state = container->details.container.state;
    if (is_active(state) || state == ContainerState::removing) return Outcome::conflict;
    world.containers.erase(id.value);
    return Outcome::done;
  };
  return change("remove " + brief(id.value), effect, [] { return Outcome::conflict; });
}

std::string FakeEngine::container_logs(const ContainerId& id, int lines) {
  return read("logs " + brief(id.value), [&] { return last_lines(require(id.value).log, lines); });
}

std::optional<Statistics> FakeEngine::container_statistics(const ContainerId& id) {
  return read("statistics " + brief(id.value), [&]() -> std::optional<Statistics> {
    const auto* container = world.find_container(id.value);
    if (container == nullptr || !is_active(container->details.container.state)) return std::nullopt;
    return container->statistics;
  });
}

}  // namespace cai
