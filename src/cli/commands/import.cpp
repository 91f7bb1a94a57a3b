#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <system_error>

#include "cai/base/text.hpp"
#include "cai/converge/container_request.hpp"
#include "cai/converge/rows.hpp"
#include "cai/data/filling.hpp"
#include "cai/data/import.hpp"
#include "cai/data/volume_helper.hpp"
#include "cai/data/volume_layout.hpp"
#include "cai/home/original_archive.hpp"
#include "cai/run/signals.hpp"
#include "cli/bring_up.hpp"
#include "cli/commands/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/export_job.hpp"
#include "cli/import_home.hpp"
#include "cli/sessions_question.hpp"
#include "cli/transfer_progress.hpp"
#include "cli/volume_filling.hpp"

namespace cai {
namespace {

/// What to import from: an archive, a directory, or nullopt for the home directory.
std::optional<std::string> source_argument(const Invocation& invocation) {
  const auto word = invocation.positional(0);
  const auto from = invocation.option("from");
  if (word && from) throw Error(ErrorKind::usage, "what to import from is given twice");
  return word ? word : from;
}

void refuse_options_of_homes(const Invocation& invocation) {
  for (const char* option : {"no-secrets", "overwrite"}) {
    if (!invocation.flag(option)) continue;
    throw Error(ErrorKind::usage, "--" + std::string(option) + " is for the import of a directory")
        .hint("an archive goes into a new volume as it is");
  }
}

UniqueFd open_archive(App& app, const std::string& path) {
  const auto shown = escape_for_terminal(path);
  // Without waiting for whoever might write to a FIFO.
  UniqueFd file(
      open((app.environment().working_directory / path).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) {
    const int number = errno;
    throw Error(number == ENOENT ? ErrorKind::not_found : ErrorKind::failed,
                "cannot read " + shown + ": " + std::generic_category().message(number));
  }
  struct stat status = {};
  if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw Error(ErrorKind::refused, shown + " is no regular file")
        .hint("an archive is read twice, first to check it: save it to a file");
  }
  return file;
}

ImportHooks make_hooks(App& app, TransferProgress& progress, const char* doing) {
  return {.should_stop = SignalWatch::asks_to_stop,
          .on_progress =
              [&progress, doing](const ArchiveSummary& summary) {
                progress.update([&] {
                  return fmt::format("{}: {} of {} entries", doing, format_size(summary.bytes),
                                     summary.entries);
                });
              },
          .go_on =
              [&app](const std::string& finding) {
                return app.console().question(finding + ". Import it all the same?");
              },
          .on_entry = {}};
}

/// An archive of which all is read and known.
struct Checked {
  int file = -1;
  ArchiveSummary summary;
  OriginalArchive original;

  /// Where the entries go, if not to where they are in the archive.
  [[nodiscard]] const ArchiveLayout* layout() const {
    return !summary.from_cai && original.is_recognised() ? &original : nullptr;
  }
};

Checked check(App& app, int file) {
  TransferProgress progress(app.console());
  Checked checked{.file = file, .summary = {}, .original = {}};
  auto hooks = make_hooks(app, progress, "checking");
  hooks.on_entry = [&](const TarEntry& entry) { checked.original.see(entry); };
  checked.summary = check_archive(file, {}, hooks);
  return checked;
}

void tell_layout(App& app, const Checked& checked) {
  if (!checked.layout()) return;
  app.console().notice("an archive of the original ContainAI: what it holds goes to its places in the home");
  for (const auto& path : checked.original.unknown()) {
    app.console().notice(fmt::format("nothing here knows {}: it goes to ~/{}/{}", escape_for_terminal(path),
                                     unknown_of_original, escape_for_terminal(path)));
  }
}

/// The archive is read once more for it: where its entries go is known only after the last of them.
void list(App& app, const Checked& checked) {
  TransferProgress progress(app.console());
  auto hooks = make_hooks(app, progress, "listing");
  hooks.go_on = [](const std::string&) { return true; };
  const auto* layout = checked.layout();
  hooks.on_entry = [&](const TarEntry& entry) {
    const auto placed = layout ? layout->place(entry) : entry;
    if (!placed) return;
    app.console().data(escape_for_terminal(placed->path) +
                       (placed->type == TarEntry::Type::directory ? "/\n" : "\n"));
  };
  check_archive(checked.file, {}, hooks);
}

std::string sentence(const ArchiveSummary& summary) {
  auto text = fmt::format("{} entries, {}", summary.entries, format_size(summary.bytes));
  if (summary.from_cai) text += ", exported from " + escape_for_terminal(summary.workspace);
  return text;
}

bool is_running(Engine& engine, const WorkspaceRow& row) {
  const auto details = engine.inspect_container(row.container.empty() ? row.name : row.container.value);
  return details && details->container.state == ContainerState::running;
}

void fill(App& app, Workshop& shop, const WorkspaceRow& row, const std::string& volume,
          const Checked& checked) {
  const auto lock = VolumeLock::acquire(app.paths().locks(), volume, [] {});
  remove_leftover_helpers(shop.engine, shop.instance, lock);
  const VolumeHelper helper(shop.engine, shop.instance, image_for_helper(app, row), lock,
                            VolumeHelper::Use::fill);
  TransferProgress progress(app.console());
  const auto hooks = make_hooks(app, progress, "importing");
  ImportStream stream(checked.file, checked.summary, {app.environment().uid, app.environment().gid}, hooks,
                      checked.layout());
  fill_new_volume(
      shop.engine, helper, [&] { return stream.next(); }, SignalWatch::asks_to_stop);
}

/// What happens to one workspace, under its lock.
void import_into(App& app, Workshop& shop, WorkspaceRow row, const Target& target, const Checked& checked) {
  const bool running = is_running(shop.engine, row);
  if (running) {
    require_no_sessions(app, row, "Replace its data and make a new container?", "nothing was imported");
  }
  clear_killed_transfers(app, shop.engine, shop.instance, shop.store);
  auto desired = make_desired(shop.instance, row, {}, shop.files);
  const auto volume = unused_volume_name(shop.engine, row);
  FillingVolume fresh(shop.engine, filling_marks(app.paths()), volume, volume_labels(desired));
  fill(app, shop, row, volume, checked);

  const auto former = row.volume;
  const bool had_one =
      (row.volume_confirmed || row.volume_id.empty()) && shop.engine.inspect_volume(former).has_value();
  shop.store.take_over_volume(row.id, next_generation(shop, row), volume, fresh.nonce());
  fresh.in_service();
  app.console().step("imported " + sentence(checked.summary) + " into " + volume);
  if (had_one) app.console().notice("the former volume " + former + " is kept");
  row = shop.store.find(row.id).value();
  if (!running) return;
  Reconciler(shop).converge(row, resolve_options(app, target.subject, row.choices));
}

int import_archive(App& app, const std::string& path) {
  refuse_options_of_homes(app.invocation());
  const auto file = open_archive(app, path);
  const SignalWatch watch;
  try {
    const auto checked = check(app, file.get());
    tell_layout(app, checked);
    if (app.invocation().flag("dry-run")) {
      list(app, checked);
      app.console().notice("would import " + sentence(checked.summary));
      return 0;
    }
    app.store(Store::Mode::read_write);
    const auto target = find_target(app, app.invocation().option("container"), Approval::ask);
    const auto engine = app.ask_engine_id();
    const auto turn = take_turn(app, target.key);
    ConsoleEvents events(app.console());
    auto shop = make_workshop(app, events);
    const auto row = row_to_fill(shop, engine, target);
    import_into(app, shop, row, target, checked);
    app.console().data(shop.store.find(row.id).value().volume + "\n");
    return 0;
  } catch (Error& error) {
    if (SignalWatch::asks_to_stop() && error.kind() == ErrorKind::interrupted) {
      throw ended_by_signal(SignalWatch::received(), "interrupted; nothing was imported");
    }
    throw std::move(error.during("importing " + path));
  }
}

}  // namespace

int import_command(App& app) {
  const auto source = source_argument(app.invocation());
  if (!source) return import_home(app, app.environment().home());
  if (source->empty()) throw Error(ErrorKind::usage, "--from takes a directory or an archive");
  const auto path = app.environment().working_directory / *source;
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored) ? import_home(app, path) : import_archive(app, *source);
}

}  // namespace cai
