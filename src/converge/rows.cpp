#include "cai/converge/rows.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "cai/model/names.hpp"

namespace cai {
namespace {

constexpr int instance_lock_milliseconds = 10'000;
constexpr std::size_t instance_digits = 16;

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::optional<InstanceId> read_instance(const std::filesystem::path& file) {
  const auto content = read_file(file, 256);
  if (!content) return std::nullopt;
  const auto id = std::string(trim(*content));
  if (!is_hex(id, instance_digits)) {
    throw Error(ErrorKind::failed, "the file " + file.string() + " does not hold an installation id")
        .hint(
            "it says which containers belong to this cai; restore it, or remove it to start as a new "
            "installation");
  }
  return InstanceId{id};
}

/// Which of the names that this workspace could get are in use on the engine.
std::set<std::string> names_taken_on_engine(Engine& engine, const RowRequest& request) {
  std::vector<std::string> candidates;
  const auto last = choose_workspace_name(request.repository, request.key.branch, request.key.text(),
                                          [&](const std::string& name) {
                                            candidates.push_back(name);
                                            return true;
                                          });
  candidates.push_back(last);
  std::set<std::string> taken;
  for (const auto& name : candidates) {
    if (engine.inspect_container(name)) taken.insert(name);
  }
  return taken;
}

/// A volume of the right name that carries our labels is the workspace's own, from before the store was lost.
std::optional<std::string> own_volume_id(const Workshop& shop, const RowRequest& request,
                                         const std::string& volume, bool& foreign) {
  const auto found = shop.engine.inspect_volume(volume);
  foreign = false;
  if (!found) return std::nullopt;
  const bool ours = label_or_empty(found->labels, label::instance) == shop.instance.value &&
                    label_or_empty(found->labels, label::workspace) == request.key.root &&
                    label_or_empty(found->labels, label::branch) == request.key.branch;
  foreign = !ours;
  return ours ? std::optional(label_or_empty(found->labels, label::volume_id)) : std::nullopt;
}

std::string choose_name(const RowRequest& request, const std::set<std::string>& taken_on_engine,
                        const std::function<bool(const std::string&)>& in_store) {
  if (!request.key.variant.empty()) return request.key.variant;
  return choose_workspace_name(
      request.repository, request.key.branch, request.key.text(),
      [&](const std::string& name) { return in_store(name) || taken_on_engine.contains(name); });
}

WorkspaceRow add_row(Workshop& shop, const RowRequest& request) {
  const auto taken =
      request.key.variant.empty() ? names_taken_on_engine(shop.engine, request) : std::set<std::string>{};
  const auto likely_name = choose_name(
      request, taken, [&](const std::string& name) { return shop.store.find_by_name(name).has_value(); });

  NewWorkspace fresh;
  fresh.id = WorkspaceId{random_hex(8)};
  fresh.engine = request.engine;
  fresh.key = request.key;
  fresh.repository = request.repository;
  fresh.volume = request.volume;
  fresh.choices = request.choices;
  fresh.keep = request.keep;
  fresh.ports = shop.ports;

  bool foreign_volume = false;
  std::optional<std::string> volume_id;
  if (!request.volume) volume_id = own_volume_id(shop, request, likely_name + "-data", foreign_volume);
  if (foreign_volume) fresh.volume_suffix = "-" + random_hex(2);
  auto row = shop.store.add(
      fresh, [&](const auto& in_store) { return choose_name(request, taken, in_store); }, shop.port_is_free);
  if (volume_id && !volume_id->empty() && row.volume == likely_name + "-data") {
    shop.store.adopt_volume(row.id, *volume_id);
    row.volume_id = *volume_id;
    row.volume_confirmed = true;
    shop.events.notice("found the data volume " + row.volume + " of an earlier " + row.name +
                       "; it is used again");
  }
  return row;
}

/// Of each workspace, the container of the newest generation.
std::map<std::string, ObservedContainer> newest_by_workspace(
    const std::vector<ObservedContainer>& containers) {
  const auto generation = [](const ObservedContainer& container) {
    return parse_integer(label_or_empty(container.labels, label::generation)).value_or(0);
  };
  std::map<std::string, ObservedContainer> newest;
  for (const auto& container : containers) {
    const auto id = label_or_empty(container.labels, label::workspace_id);
    const auto [at, inserted] = newest.try_emplace(id, container);
    if (!inserted && generation(container) > generation(at->second)) at->second = container;
  }
  return newest;
}

std::optional<WorkspaceRow> adopt_container(Workshop& shop, const ObservedContainer& container,
                                            const EngineId& engine) {
  const auto volume = shop.engine.inspect_volume(label_or_empty(container.labels, label::data_volume));
  const auto volume_id = volume ? label_or_empty(volume->labels, label::volume_id) : "";
  auto row = row_from_labels(container, engine, volume_id);
  if (!row || !shop.store.adopt(*row)) return std::nullopt;
  shop.events.notice("the store did not know " + row->name +
                     "; its row was rebuilt from the container's labels");
  return row;
}

std::vector<ObservedContainer> list_own(const Workshop& shop, const Labels& more) {
  Labels labels = {
      {label::managed, "true"}, {label::kind, "workspace"}, {label::instance, shop.instance.value}};
  for (const auto& [name, value] : more) labels.try_emplace(name, value);
  return shop.engine.list_containers({.labels = labels, .states = {}});
}

/// The settings that a lost store remembered are in the specification that the container carries.
Choices choices_from_labels(const Labels& labels) {
  Choices choices;
  for (const auto& [field, value] : parse_canonical_text(label_or_empty(labels, label::spec))) {
    if (field == "template") choices.template_name = value;
    if (field == "profile") choices.profile = parse_profile(value);
    if (field == "memory" && value != "0") choices.memory_bytes = parse_integer(value);
    if (field == "cpus" && value != "0") choices.nano_cpus = parse_integer(value);
  }
  return choices;
}

}  // namespace

std::optional<InstanceId> find_instance(const Paths& paths) {
  return read_instance(paths.config / "instance");
}

InstanceId load_instance(const Paths& paths) {
  const auto file = paths.config / "instance";
  if (auto id = read_instance(file)) return *id;
  ensure_directory(paths.config);
  ensure_directory(paths.locks());
  const auto lock = FileLock::acquire(paths.locks() / "instance.lock", instance_lock_milliseconds, [] {});
  if (auto id = read_instance(file)) return *id;
  const InstanceId fresh{random_hex(instance_digits / 2)};
  write_file_atomically(file, fresh.value + "\n", 0600);
  return fresh;
}

std::optional<WorkspaceRow> row_from_labels(const ObservedContainer& container, const EngineId& engine,
                                            const std::string& volume_id) {
  const auto& labels = container.labels;
  const auto port = parse_integer(label_or_empty(labels, label::ssh_port));
  const auto generation = parse_integer(label_or_empty(labels, label::generation));
  WorkspaceRow row;
  row.id = WorkspaceId{label_or_empty(labels, label::workspace_id)};
  row.engine = engine;
  row.key = {label_or_empty(labels, label::workspace), label_or_empty(labels, label::branch),
             label_or_empty(labels, label::variant)};
  row.name = container.name;
  row.volume = label_or_empty(labels, label::data_volume);
  if (!is_hex(row.id.value, 16) || !port || !generation || row.key.root.empty() || row.volume.empty() ||
      !is_valid_container_name(row.name)) {
    return std::nullopt;
  }
  row.repository = row.key.root.substr(row.key.root.rfind('/') + 1);
  row.generation = *generation;
  row.wanted = container.state == ContainerState::running ? Wanted::running : Wanted::stopped;
  row.keep = label_or_empty(labels, label::keep) == "true";
  row.volume_id = volume_id;
  row.volume_confirmed = !volume_id.empty();
  row.port = static_cast<int>(*port);
  row.choices = choices_from_labels(labels);
  return row;
}

WorkspaceRow find_or_make_row(Workshop& shop, const RowRequest& request) {
  if (auto row = shop.store.find(request.engine, request.key)) return *row;
  const auto own =
      list_own(shop, {{label::workspace, request.key.root}, {label::branch, request.key.branch}});
  for (const auto& [id, container] : newest_by_workspace(own)) {
    if (label_or_empty(container.labels, label::variant) != request.key.variant) continue;
    if (auto row = adopt_container(shop, container, request.engine)) return *row;
  }
  return add_row(shop, request);
}

WorkspaceRow preview_row(const Workshop& shop, const RowRequest& request) {
  if (auto row = shop.store.find(request.engine, request.key)) return *row;
  const auto own =
      list_own(shop, {{label::workspace, request.key.root}, {label::branch, request.key.branch}});
  for (const auto& [id, container] : newest_by_workspace(own)) {
    if (label_or_empty(container.labels, label::variant) != request.key.variant) continue;
    const auto volume = shop.engine.inspect_volume(label_or_empty(container.labels, label::data_volume));
    const auto volume_id = volume ? label_or_empty(volume->labels, label::volume_id) : "";
    if (auto row = row_from_labels(container, request.engine, volume_id)) return *row;
  }
  const auto taken = names_taken_on_engine(shop.engine, request);
  WorkspaceRow row;
  row.id = WorkspaceId{random_hex(8)};
  row.engine = request.engine;
  row.key = request.key;
  row.repository = request.repository;
  row.name = choose_name(request, taken,
                         [&](const std::string& name) { return shop.store.find_by_name(name).has_value(); });
  row.choices = request.choices;
  row.volume = request.volume.value_or(row.name + "-data");
  if (request.volume) return row;
  bool foreign = false;
  const auto volume_id = own_volume_id(shop, request, row.volume, foreign);
  if (foreign) row.volume += "-new";
  row.volume_id = volume_id.value_or("(new)");
  row.volume_confirmed = volume_id.has_value();
  return row;
}

std::vector<std::string> adopt_unknown_rows(Workshop& shop, const EngineId& engine) {
  std::vector<std::string> names;
  for (const auto& [id, container] : newest_by_workspace(list_own(shop, {}))) {
    if (shop.store.find(WorkspaceId{id})) continue;
    if (auto row = adopt_container(shop, container, engine)) names.push_back(row->name);
  }
  return names;
}

std::filesystem::path former_volume_lock_file(const Paths& paths, const std::string& volume) {
  return paths.locks() / ("former-" + sha256_hex(volume).substr(0, 16) + ".lock");
}

}  // namespace cai
