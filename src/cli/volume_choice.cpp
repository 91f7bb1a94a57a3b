#include "cli/volume_choice.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cai/base/text.hpp"

namespace cai {
namespace {

constexpr int turn_milliseconds = 10 * 60 * 1000;  // somebody may be thinking about a question

Error refused(std::string reason) {
  return {ErrorKind::refused, std::move(reason)};
}

void refuse_if_used(const VolumeFacts& facts) {
  if (!facts.holders.empty()) {
    throw refused(fmt::format("{} is the data volume of {}", facts.name, join(facts.holders, ", ")))
        .hint("two workspaces do not write into one volume; `cai export` and `cai import` copy it");
  }
  if (!facts.containers.empty()) {
    throw refused(fmt::format("{} is in use by the container {}", facts.name,
                              escape_for_terminal(join(facts.containers, ", "))));
  }
}

/// "NAME was the data volume of W until 3d ago (1.2 GB)."; the size may take the engine seconds.
std::string describe_former(App& app, const VolumeFacts& facts) {
  std::string text = fmt::format("{} was ", facts.name);
  text += facts.former
              ? fmt::format("the data volume of {}", escape_for_terminal(facts.former->workspace_name))
              : std::string("made by this cai");
  const auto retired = facts.former ? parse_rfc3339(facts.former->retired_at) : std::nullopt;
  if (retired) text += fmt::format(" until {} ago", format_duration(app.time_of_engine() - *retired));
  const auto usage = app.engine().disk_usage(usage_limit);
  if (usage && usage->volumes.contains(facts.name))
    text += fmt::format(" ({})", format_size(usage->volumes.at(facts.name)));
  return text + ".";
}

void ask_to_take_over(App& app, const VolumeFacts& facts) {
  if (app.invocation().flag("yes")) return;
  const auto description = describe_former(app, facts);
  const auto consequence =
      facts.row_is_there
          ? fmt::format(", with a new container? {} is kept as a former volume.", facts.row.volume)
          : std::string("?");
  if (app.console().question(fmt::format("{} Use it for {}{}", description, facts.row.name, consequence)))
    return;
  throw refused(description + " It was not taken.")
      .hint(fmt::format("`cai --volume {} --yes` takes it without a question", facts.name));
}

}  // namespace

VolumeChoice judge_volume(const VolumeFacts& facts) {
  if (facts.row_is_there && facts.row.volume == facts.name) return {VolumeChoice::Use::present, {}};
  const Labels labels = facts.volume ? facts.volume->labels : Labels{};
  const auto instance = label_or_empty(labels, label::instance);
  const auto volume_id = label_or_empty(labels, label::volume_id);
  if (!instance.empty() && instance != facts.instance.value) {
    throw Error(ErrorKind::not_ours,
                fmt::format("the volume {} belongs to another installation of cai", facts.name));
  }
  if (!instance.empty() && !volume_id.empty()) {
    refuse_if_used(facts);
    return {VolumeChoice::Use::take_over, volume_id};
  }
  if (facts.row_is_there) {
    throw refused(fmt::format("{} has the data volume {} already", facts.row.name, facts.row.volume))
        .hint(fmt::format("`cai destroy {}` forgets the workspace and keeps its volume; then --volume can "
                          "choose another",
                          facts.row.name));
  }
  const bool is_known = !facts.holders.empty() || facts.former;
  if (facts.volume && !is_known && !facts.configured) {
    throw Error(ErrorKind::not_ours, fmt::format("the volume {} is there, and not made by cai", facts.name))
        .hint(fmt::format("`cai config set data_volume {}` shares it on purpose among new workspaces",
                          facts.name));
  }
  return {VolumeChoice::Use::shared, {}};
}

VolumeFacts gather_volume_facts(App& app, const std::string& name, const WorkspaceRow& row,
                                bool row_is_there) {
  const auto& store = app.store(Store::Mode::read_only);
  VolumeFacts facts{.name = name,
                    .instance = app.instance_for_reading(),
                    .row = row,
                    .row_is_there = row_is_there,
                    .volume = app.engine().inspect_volume(name),
                    .former = {},
                    .holders = {},
                    .containers = {},
                    .configured = app.user_settings().optional_text("data_volume") == name};
  for (const auto& other : store.workspaces()) {
    if (other.id != row.id && other.engine == row.engine && other.volume == name)
      facts.holders.push_back(other.name);
  }
  for (auto& former : store.former_volumes()) {
    if (former.engine == row.engine && former.volume == name) facts.former = std::move(former);
  }
  for (const auto& container : app.engine().list_containers({.labels = {}, .states = {}})) {
    const bool own = label_or_empty(container.labels, label::workspace_id) == row.id.value;
    if (!own && std::ranges::find(container.volumes, name) != container.volumes.end())
      facts.containers.push_back(container.name);
  }
  return facts;
}

VolumeWish decide_on_volume(App& app, const Workshop& shop, const std::optional<NamedVolume>& volume,
                            const RowRequest& request) {
  VolumeWish wish;
  if (!volume) return wish;
  wish.name = volume->name;
  wish.lock = FileLock::acquire(former_volume_lock_file(app.paths(), wish.name), turn_milliseconds, [] {});
  const auto row = preview_row(shop, request);
  const bool row_is_there = row.port != 0;
  if (!volume->by_flag && row_is_there) return {};
  const auto facts = gather_volume_facts(app, wish.name, row, row_is_there);
  wish.choice = judge_volume(facts);
  if (wish.choice.use == VolumeChoice::Use::take_over) ask_to_take_over(app, facts);
  // New workspaces that share one do not wait for each other.
  if (wish.choice.use == VolumeChoice::Use::shared && !volume->by_flag) wish.lock.reset();
  return wish;
}

}  // namespace cai
