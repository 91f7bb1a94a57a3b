#include "cli/bring_up.hpp"

#include <sys/resource.h>

#include <algorithm>

#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "cai/converge/images.hpp"
#include "cai/converge/rows.hpp"
#include "cai/model/names.hpp"
#include "cli/home_on_create.hpp"
#include "cli/sweep.hpp"
#include "cli/volume_choice.hpp"
#include "cli/volume_filling.hpp"

namespace cai {
namespace {

constexpr int turn_milliseconds = 10 * 60 * 1000;

void require_container_name(const std::string& name) {
  if (is_valid_container_name(name)) return;
  throw Error(ErrorKind::usage, "\"" + escape_for_terminal(name) + "\" is no container name")
      .hint("a name has 1 to 63 letters a-z, digits and dashes, and no dash at either end");
}

}  // namespace

Target find_target(App& app, const std::optional<std::string>& container, Approval approval) {
  if (container) {
    require_container_name(*container);
    if (const auto row = app.store(Store::Mode::read_only).find_by_name(*container)) {
      return {make_subject(app, *row), row->key};
    }
    if (const auto held = app.engine().inspect_container(*container)) {
      const auto row = row_from_labels(held->container, EngineId{}, "");
      const bool ours =
          label_or_empty(held->container.labels, label::instance) == app.instance_for_reading().value;
      if (!row || !ours) {
        throw Error(ErrorKind::not_ours, "container " + *container + " does not belong to this cai")
            .hint("choose another name, or use the container engine's own client for that one");
      }
      return {make_subject(app, *row), row->key};
    }
  }
  Target target{make_subject(app, subject_path(app), approval), {}};
  target.key = target.subject.location.key();
  if (container) target.key.variant = *container;
  return target;
}

std::int64_t next_generation(const Workshop& shop, const WorkspaceRow& row) {
  std::int64_t newest = row.generation;
  for (const auto& container : shop.engine.list_containers(
           {.labels = {{label::managed, "true"}, {label::workspace_id, row.id.value}}, .states = {}})) {
    newest = std::max(newest, parse_integer(label_or_empty(container.labels, label::generation)).value_or(0));
  }
  return newest + 1;
}

std::string unused_volume_name(Engine& engine, const WorkspaceRow& row) {
  std::string name;
  do {
    name = row.name + "-data-" + random_hex(3);
  } while (engine.inspect_volume(name));
  return name;
}

namespace {

bool is_current(const ContainerDetails& details, const WorkspaceRow& row) {
  const auto& labels = details.container.labels;
  return details.container.state == ContainerState::running &&
         label_or_empty(labels, label::workspace_id) == row.id.value &&
         label_or_empty(labels, label::generation) == std::to_string(row.generation);
}

/// The hot path: the row says what was converged last, and perhaps that the container of that id still runs.
std::optional<Ready> join_running(App& app, const Target& target, Belief belief) {
  const auto engine = app.remembered_engine();
  if (!engine) return std::nullopt;
  auto row = app.store(Store::Mode::read_only).find(*engine, target.key);
  if (!row || row->wanted != Wanted::running || row->container.empty()) return std::nullopt;
  auto options = resolve_options(app, target.subject, row->choices);
  const auto desired = make_desired(app.instance_for_reading(), *row, options, app.files());
  if (specification_hash(desired.specification) != row->converged_hash) return std::nullopt;
  // A port to forward, say, changes the entry and nothing of the container.
  if (app.files().entry_state(make_ssh_target(*row, options)) != SshFiles::EntryState::current)
    return std::nullopt;
  if (belief == Belief::store_and_a_look) {
    const auto details = app.engine().inspect_container(row->container.value);
    if (!details || !is_current(*details, *row)) return std::nullopt;
  }
  return Ready{std::move(*row), std::move(options), target.subject.location, true};
}

void write_wishes(const Workshop& shop, const BringUpRequest& request, WorkspaceRow& row) {
  auto& store = shop.store;
  if (const auto merged = merge_choices(row.choices, request.flags); merged != row.choices) {
    store.set_choices(row.id, merged);
    row.choices = merged;
  }
  if (request.keep && *request.keep != row.keep) {
    store.set_keep(row.id, *request.keep);
    row.keep = *request.keep;
  }
  if (row.wanted != Wanted::running) {
    store.set_wanted(row.id, Wanted::running);
    row.wanted = Wanted::running;
    // Somebody wanted it stopped since it was last seen to answer: whoever comes next has to look again.
    if (!row.container.empty()) store.set_converged(row.id, {}, "");
    row.container = {};
  }
  if (request.reset) {
    store.replace_volume(row.id, next_generation(shop, row), unused_volume_name(shop.engine, row));
  } else if (request.fresh || request.rebuild) {
    store.set_generation(row.id, next_generation(shop, row));
  } else {
    return;
  }
  row = store.find(row.id).value();
}

/// What differs is shown and waits for --fresh or a yes: the container may hold what somebody still needs.
void offer_recreation(App& app, Reconciler& reconciler, const Workshop& shop, const Plan& plan,
                      WorkspaceRow& row, const WorkspaceOptions& options) {
  if (plan.behind.empty()) return;
  app.console().notice(row.name + " is behind: " + join(plan.behind, ", ") +
                       " changed; `cai --fresh` applies it");
  const bool somebody_is_there = app.console().input_is_terminal() && app.console().error_is_terminal();
  const bool may_ask =
      app.invocation().flag("yes") || (somebody_is_there && !app.invocation().flag("detach"));
  if (!may_ask || !app.console().question("Make a new container now? The data volume is kept.")) return;
  shop.store.set_generation(row.id, next_generation(shop, row));
  row = shop.store.find(row.id).value();
  reconciler.converge(row, options);
}

/// Configuration names the volume of new workspaces; one that exists keeps its own.
std::optional<NamedVolume> named_volume(const Subject& subject, const BringUpRequest& request) {
  if (request.flags.volume) return NamedVolume{*request.flags.volume, true};
  const auto configured = subject.settings.optional_text("data_volume");
  return configured ? std::optional(NamedVolume{*configured, false}) : std::nullopt;
}

std::optional<std::string> name_of(const std::optional<NamedVolume>& volume) {
  return volume ? std::optional(volume->name) : std::nullopt;
}

void take_over_former(const Workshop& shop, const VolumeWish& wish, WorkspaceRow& row) {
  if (wish.choice.use != VolumeChoice::Use::take_over) return;
  shop.store.take_over_volume(row.id, next_generation(shop, row), wish.name, wish.choice.volume_id);
  row = shop.store.find(row.id).value();
  shop.events.notice("took over the data volume " + row.volume);
}

}  // namespace

BringUpRequest bring_up_request(const Invocation& invocation) {
  BringUpRequest request;
  request.flags = choices_from_flags(invocation);
  request.fresh = invocation.flag("fresh");
  request.reset = invocation.flag("reset");
  request.rebuild = invocation.flag("rebuild");
  if (invocation.flag("keep")) request.keep = true;
  if (invocation.flag("no-keep")) request.keep = false;
  request.container = invocation.option("container");
  if (request.reset && request.flags.volume) {
    throw Error(ErrorKind::usage, "--reset makes a new volume and --volume names one; choose one of them");
  }
  return request;
}

std::int64_t open_files_limit() {
  constexpr std::int64_t enough = 65536;
  struct rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max == RLIM_INFINITY) return enough;
  return std::min(enough, static_cast<std::int64_t>(limit.rlim_max));
}

Workshop make_workshop(App& app, ConsoleEvents& events) {
  auto& store = app.store(Store::Mode::read_write);
  Workshop shop{.engine = app.engine(),
                .store = store,
                .files = app.files(),
                .paths = app.paths(),
                .instance = app.instance(),
                .events = events,
                .ports = app.port_range(),
                .open_files = open_files_limit()};
  bring_home_along(app, shop);
  return shop;
}

FileLock take_turn(App& app, const WorkspaceKey& key) {
  ensure_directory(app.paths().state);
  ensure_directory(app.paths().locks());
  return FileLock::acquire(workspace_lock_file(app.paths(), key), turn_milliseconds, [&] {
    app.console().step("waiting for another cai that works on this workspace");
  });
}

Ready bring_up(App& app, const BringUpRequest& request, Belief belief) {
  app.store(Store::Mode::read_write);
  const auto target = find_target(app, request.container, Approval::ask);
  // What a killed export or import left is a reason to take the long way, which clears it.
  if (belief != Belief::nothing && !request.changes_something() && !has_killed_transfers(app.paths())) {
    if (auto ready = join_running(app, target, belief)) return std::move(*ready);
  }
  sweep_orphans(app);
  // Read everything that can be wrong before anything is written.
  resolve_options(app, target.subject, request.flags, request.flags);
  const auto engine = app.ask_engine_id();
  const auto turn = take_turn(app, target.key);
  ConsoleEvents events(app.console());
  events.show_output(request.rebuild);
  auto shop = make_workshop(app, events);

  Ready ready;
  ready.location = target.subject.location;
  const auto named = named_volume(target.subject, request);
  RowRequest row_request{.engine = engine,
                         .key = target.key,
                         .repository = target.subject.location.repository_name,
                         .volume = name_of(named),
                         .choices = request.flags,
                         .keep = request.keep.value_or(target.subject.settings.boolean("keep"))};
  const auto volume = decide_on_volume(app, shop, named, row_request);
  if (volume.choice.use == VolumeChoice::Use::take_over) row_request.volume.reset();
  ready.row = find_or_make_row(shop, row_request);
  ready.options =
      resolve_options(app, target.subject, merge_choices(ready.row.choices, request.flags), request.flags);
  Reconciler reconciler(shop);
  std::string former_image;
  if (request.rebuild) former_image = reconciler.rebuild_image(ready.row, ready.options);
  take_over_former(shop, volume, ready.row);
  write_wishes(shop, request, ready.row);
  const auto plan = reconciler.converge(ready.row, ready.options);
  // Only now: the former container used it.
  remove_former_image({shop.engine, shop.paths, shop.instance, shop.events}, former_image,
                      ready.options.chosen);
  offer_recreation(app, reconciler, shop, plan, ready.row, ready.options);
  return ready;
}

std::string dry_run(App& app, const BringUpRequest& request) {
  auto& store = app.store(Store::Mode::read_only);
  const auto target = find_target(app, request.container, Approval::ignore_unapproved);
  const auto engine = app.ask_engine_id();
  ConsoleEvents events(app.console());
  Workshop shop{.engine = app.engine(),
                .store = store,
                .files = app.files(),
                .paths = app.paths(),
                .instance = app.instance_for_reading(),
                .events = events,
                .ports = app.port_range()};
  const auto named = named_volume(target.subject, request);
  auto row = preview_row(shop, {.engine = engine,
                                .key = target.key,
                                .repository = target.subject.location.repository_name,
                                .volume = name_of(named),
                                .choices = request.flags,
                                .keep = false});
  if (named && (named->by_flag || row.port == 0)) {
    const auto choice = judge_volume(gather_volume_facts(app, named->name, row, row.port != 0));
    if (choice.use == VolumeChoice::Use::take_over) {
      row.volume = named->name;
      row.volume_id = choice.volume_id;
      row.volume_confirmed = true;
      if (row.port != 0) row.generation = next_generation(shop, row);
    }
  }
  row.choices = merge_choices(row.choices, request.flags);
  row.wanted = Wanted::running;
  if (request.fresh || request.reset || request.rebuild) row.generation = next_generation(shop, row);
  if (request.reset) {
    row.volume = unused_volume_name(shop.engine, row);
    row.volume_id = "(new)";
    row.volume_confirmed = false;
  }
  const auto options = resolve_options(app, target.subject, row.choices, request.flags);
  const auto desired = make_desired(shop.instance, row, options, shop.files);
  return to_text(Reconciler(shop).plan(row, options), desired);
}

void notice_sibling(App& app, const WorkspaceRow& row) {
  for (const auto& other : app.store(Store::Mode::read_only).workspaces()) {
    if (other.id == row.id || other.key.root != row.key.root || other.engine != row.engine) continue;
    if (other.wanted != Wanted::running || other.container.empty()) continue;
    const auto details = app.engine().inspect_container(other.container.value);
    if (!details || details->container.state != ContainerState::running) continue;
    app.console().notice(other.name + " (branch " + escape_for_terminal(other.key.branch) +
                         ") of this directory is running too");
    return;
  }
}

}  // namespace cai
