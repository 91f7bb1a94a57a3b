// gc and clean: show what may go, ask once, take it away.
#include <fmt/format.h>

#include "cai/base/text.hpp"
#include "cai/collect/removal.hpp"
#include "cli/bring_up.hpp"
#include "cli/collect_views.hpp"
#include "cli/commands/commands.hpp"
#include "cli/sweep.hpp"

namespace cai {
namespace {

constexpr int something_was_spared = 4;

/// The two commands differ in what they look for and in how they say it.
struct Collection {
  InventoryRequest wanted;
  std::function<Findings(const Inventory&)> find;
  Terms terms;
  std::string (*text)(const Findings&);
  std::string question;
  std::string nothing;
  std::string done;  ///< "Cleaned"
};

struct Tally {
  std::size_t removed = 0;
  std::size_t spared = 0;
  std::size_t failed = 0;
  std::vector<Item> items;  ///< removed ones
};

Inventory take(App& app, const InventoryRequest& wanted) {
  auto request = wanted;
  request.usage = !app.invocation().flag("no-disk");
  const bool reads_only = app.invocation().flag("dry-run");
  auto& store = app.store(reads_only ? Store::Mode::read_only : Store::Mode::read_write);
  auto engine = app.remembered_engine();
  if (!engine || !reads_only) engine = app.ask_engine_id();
  return take_inventory(request, app.engine(), app.connect(), store, *engine,
                        reads_only ? app.instance_for_reading() : app.instance(), app.clock().now());
}

Findings find(App& app, const Collection& collection, Inventory& inventory) {
  auto findings = collection.find(inventory);
  if (findings.unsure.empty()) return findings;
  look_up_finish_times(inventory, findings.unsure, app.connect());
  return collection.find(inventory);
}

void show(App& app, const Collection& collection, const Findings& findings) {
  auto& console = app.console();
  if (app.invocation().flag("json")) {
    console.data(dump_json(findings_json(findings), 2) + "\n");
    return;
  }
  if (findings.items.empty()) {
    console.notice(collection.nothing);
  } else {
    console.data(collection.text(findings));
  }
  if (findings.spared.empty()) return;
  console.notice(protected_text(findings));
  if (app.invocation().flag("verbose")) console.notice(protected_list(findings));
}

void remove_one(App& app, Workshop& shop, const EngineId& engine, const Terms& terms, const Item& item,
                Tally& tally) {
  auto& console = app.console();
  const auto what = item_text(item);
  try {
    const auto removal = remove_item(shop, engine, item, terms, app.clock());
    if (removal.outcome == Removal::Outcome::spared) {
      ++tally.spared;
      console.notice(fmt::format("{} stays: {}", what, escape_for_terminal(removal.why)));
      return;
    }
    if (removal.outcome == Removal::Outcome::removed) {
      ++tally.removed;
      tally.items.push_back(item);
    }
    console.step(fmt::format("removing {}... {}", what,
                             removal.outcome == Removal::Outcome::gone ? "gone already" : "done"));
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::engine_unreachable) throw;
    ++tally.failed;
    console.render_error(Error(error).during("removing " + what));
  }
}

/// Layers that images share are freed with the last of them, so the engine is asked again: the sum of what
/// each image has for itself would be too little.
TotalSize freed(App& app, const Inventory& before, const Tally& tally) {
  auto total = total_size(tally.items);
  const bool images =
      std::ranges::any_of(tally.items, [](const Item& i) { return i.kind == ItemKind::image; });
  if (!images || !before.usage) return total;
  const auto after = app.engine().disk_usage(usage_limit);
  if (!after) return total;
  total = {};
  for (const auto& item : tally.items) {
    if (item.kind == ItemKind::image) continue;
    total.bytes += item.size_bytes.value_or(0);
    total.is_complete = total.is_complete && item.size_bytes.has_value();
  }
  total.bytes += std::max<std::int64_t>(before.usage->layers_bytes - after->layers_bytes, 0);
  return total;
}

int collect(App& app, const Collection& collection) {
  const bool reads_only = app.invocation().flag("dry-run");
  if (app.invocation().flag("json") && !reads_only) {
    throw Error(ErrorKind::usage, "--json shows what would be removed: it needs --dry-run");
  }
  if (!reads_only) sweep_orphans(app);
  auto inventory = take(app, collection.wanted);
  const auto findings = find(app, collection, inventory);
  show(app, collection, findings);
  if (reads_only || findings.items.empty()) return 0;
  if (!app.console().question(fmt::format("{} ({}, {})", collection.question,
                                          count_text(findings.items.size(), "resource"),
                                          total_text(total_size(findings.items))))) {
    throw Error(ErrorKind::refused, "nothing was removed").hint("`--force` removes without asking");
  }
  ConsoleEvents events(app.console());
  auto shop = make_workshop(app, events);
  Tally tally;
  for (const auto& item : findings.items) {
    remove_one(app, shop, inventory.engine, collection.terms, item, tally);
  }
  app.console().data(fmt::format("{} {}, freed {}\n", collection.done, count_text(tally.removed, "resource"),
                                 total_text(freed(app, inventory, tally))));
  if (tally.failed > 0) return 1;
  return tally.spared > 0 ? something_was_spared : 0;
}

std::chrono::seconds gc_age(App& app, const std::optional<std::string>& flag) {
  const auto text = flag ? *flag : app.user_settings().text("gc.age");
  if (const auto age = parse_age(text)) return *age;
  throw Error(ErrorKind::usage, "\"" + escape_for_terminal(text) + "\" is no age")
      .hint("an age is a number with a unit, such as 90m, 12h, 7d, 2w or 1d12h");
}

}  // namespace

int gc_command(App& app) {
  const GcRequest request{.age = gc_age(app, app.invocation().option("age")),
                          .images = app.invocation().flag("images"),
                          .volumes = app.invocation().flag("volumes")};
  return collect(app, {.wanted = {.everybody = request.images || request.volumes,
                                  .images = request.images,
                                  .volumes = request.volumes},
                       .find = [&](const Inventory& inventory) { return find_for_gc(inventory, request); },
                       .terms = {.age = request.age},
                       .text = gc_text,
                       .question = "Remove these?",
                       .nothing = "nothing to collect",
                       .done = "Removed"});
}

int clean_command(App& app) {
  const CleanRequest request{.workspaces = app.invocation().flag("workspaces"),
                             .record_age = gc_age(app, std::nullopt)};
  return collect(app, {.wanted = {.everybody = true, .images = true, .networks = true},
                       .find = [&](const Inventory& inventory) { return find_for_clean(inventory, request); },
                       .terms = {.kept_runs = true},
                       .text = clean_text,
                       .question = "Remove these resources?",
                       .nothing = "nothing to clean",
                       .done = "Cleaned"});
}

}  // namespace cai
