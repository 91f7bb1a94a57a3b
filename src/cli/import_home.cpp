#include "cli/import_home.hpp"

#include <fmt/format.h>

#include "cai/base/text.hpp"
#include "cai/converge/container_request.hpp"
#include "cai/data/volume_helper.hpp"
#include "cai/data/volume_layout.hpp"
#include "cai/home/inner_home.hpp"
#include "cai/run/signals.hpp"
#include "cli/bring_up.hpp"
#include "cli/exit_codes.hpp"
#include "cli/export_job.hpp"
#include "cli/home_on_create.hpp"
#include "cli/home_records.hpp"
#include "cli/transfer_progress.hpp"
#include "cli/volume_filling.hpp"

namespace cai {
namespace {

constexpr std::size_t names_shown = 10;
constexpr int protected_exit_code = 4;

std::string shown(const std::string& path) {
  return "~/" + escape_for_terminal(path);
}

/// What there is to say at the end, and the exit code that follows from it.
class Report {
 public:
  Report(App& app, std::filesystem::path from) : app_(app), from_(std::move(from)) {}

  void add(const std::vector<HomeFinding>& findings) {
    for (const auto& finding : findings) (finding.failure ? failures_ : left_out_).push_back(finding);
  }
  void keep(std::vector<HomeFinding> kept) { kept_ = std::move(kept); }
  void secrets_left_out(int count) { secrets_ = count; }

  int tell(const std::string& summary) {
    name_all(left_out_, "left out ");
    name_all(kept_, "kept ");
    name_all(failures_, "not imported: ");
    if (secrets_ > 0) {
      app_.console().notice(
          fmt::format("{} {} with logins and keys left out", secrets_, secrets_ == 1 ? "entry" : "entries"));
    }
    if (!kept_.empty()) {
      app_.console().notice("`cai import --overwrite` replaces what was changed inside");
    }
    app_.console().notice(summary);
    if (!failures_.empty()) return exit_code(ErrorKind::failed);
    return kept_.empty() ? 0 : protected_exit_code;
  }

 private:
  void name_all(const std::vector<HomeFinding>& findings, const std::string& what) {
    for (std::size_t number = 0; number < findings.size() && number < names_shown; ++number) {
      const auto& finding = findings[number];
      app_.console().warning(what + shown(finding.path) + ": " + escape_for_terminal(finding.why));
    }
    if (findings.size() <= names_shown) return;
    app_.console().warning(fmt::format("{}{} more", what, findings.size() - names_shown));
  }

  App& app_;
  std::filesystem::path from_;
  std::vector<HomeFinding> failures_;
  std::vector<HomeFinding> left_out_;
  std::vector<HomeFinding> kept_;
  int secrets_ = 0;
};

std::string counted(std::int64_t files, std::int64_t bytes) {
  return fmt::format("{} {}, {}", files, files == 1 ? "file" : "files", format_size(bytes));
}

/// What a record and a volume have in common.
std::string identity_of_volume(const WorkspaceRow& row) {
  return row.volume_id.empty() ? row.volume : row.volume_id;
}

/// Whether the workspace has a volume to change; false: it has none yet. Throws when it is lost or another's.
bool has_volume(Engine& engine, const WorkspaceRow& row) {
  const auto volume = engine.inspect_volume(row.volume);
  if (!volume) {
    if (!row.volume_confirmed && !row.volume_id.empty()) return false;
    throw Error(ErrorKind::not_found, "the data volume " + row.volume + " of " + row.name + " does not exist")
        .hint("`cai plan` shows what can be done about it");
  }
  if (row.volume_id.empty() || label_or_empty(volume->labels, label::volume_id) == row.volume_id) return true;
  throw Error(ErrorKind::refused, "the volume " + row.volume + " is not the one that " + row.name + " had")
      .hint("`cai plan` shows what can be done about it");
}

class HomeImport {
 public:
  HomeImport(App& app, std::filesystem::path from)
      : app_(app), from_(std::move(from)), report_(app, from_), records_(app.paths()) {}

  /// The list for --dry-run, on standard output.
  int list() {
    app_.store(Store::Mode::read_only);
    const auto target = find_target(app_, app_.invocation().option("container"), Approval::ignore_unapproved);
    scan(target);
    const auto row = app_.store(Store::Mode::read_only).find(app_.ask_engine_id(), target.key);
    HomeChoice choice;
    if (row && has_volume(app_.engine(), *row)) {
      record_ = records_.load(row->id, identity_of_volume(*row));
      const auto changed = changed_outside(scan_, record_);
      choice = choose_home_files(changed, record_, look(*row, changed), overwrite());
    } else {
      choice.send = changed_outside(scan_, {});
    }
    std::int64_t bytes = 0;
    for (const auto* file : choice.send) {
      bytes += file->size;
      app_.console().data(escape_for_terminal(file->path) + "\n");
    }
    report_.keep(choice.kept);
    return report_.tell("would import " + counted(static_cast<std::int64_t>(choice.send.size()), bytes));
  }

  int carry_out() {
    app_.store(Store::Mode::read_write);
    const auto target = find_target(app_, app_.invocation().option("container"), Approval::ask);
    scan(target);
    const auto engine = app_.ask_engine_id();
    const auto turn = take_turn(app_, target.key);
    ConsoleEvents events(app_.console());
    auto shop = make_workshop(app_, events);
    auto row = row_to_fill(shop, engine, target);
    if (has_volume(shop.engine, row)) {
      change(shop, row);
    } else {
      row = fill_new(shop, row);
    }
    if (record_.pending) remove_home_archive(app_, row.id);
    record_.pending = false;
    records_.save(row.id, record_);
    const int code =
        report_.tell(files_ == 0 ? "nothing to import: the volume has it all"
                                 : "imported " + counted(files_, bytes_) + " into " + row.volume);
    app_.console().data(row.volume + "\n");
    return code;
  }

 private:
  [[nodiscard]] bool overwrite() const { return app_.invocation().flag("overwrite"); }

  void scan(const Target& target) {
    const auto& location = target.subject.location;
    auto selection = home_selection(
        app_, location.git_directory.empty() ? location.root / ".git" : location.git_directory);
    selection.secrets = !app_.invocation().flag("no-secrets");
    scan_ = scan_home(from_, selection);
    report_.add(scan_.findings);
    report_.secrets_left_out(scan_.secrets_left_out);
  }

  [[nodiscard]] std::string user() const {
    return fmt::format("{}:{}", app_.environment().uid, app_.environment().gid);
  }

  /// Looks at the inside of what changed outside, without changing anything.
  InnerFiles look(const WorkspaceRow& row, const std::vector<const HomeFile*>& changed) {
    if (changed.empty()) return {};
    const auto lock = VolumeLock::acquire(app_.paths().locks(), row.volume, [] {});
    const WorkingHelper helper(app_.engine(), app_.instance_for_reading(), image_for_helper(app_, row), lock,
                               VolumeHelper::Use::read, user());
    return InnerHome(app_.engine(), helper, SignalWatch::asks_to_stop).look(paths_to_ask(changed));
  }

  HomeStreamPlan plan(std::vector<const HomeFile*> files, TransferProgress& progress) {
    return {.source = from_,
            .files = std::move(files),
            .below = "",
            .uid = app_.environment().uid,
            .gid = app_.environment().gid,
            .inside = {},
            .on_progress = [&progress](std::int64_t count, std::int64_t bytes) {
              progress.update([&] { return "importing: " + counted(count, bytes); });
            }};
  }

  void account_for(const HomeStream& stream) {
    report_.add(stream.problems());
    stream.remember(record_);
    files_ = stream.files();
    bytes_ = stream.bytes();
  }

  /// A volume in service: file by file, by its own user.
  void change(Workshop& shop, const WorkspaceRow& row) {
    record_ = records_.load(row.id, identity_of_volume(row));
    const auto changed = changed_outside(scan_, record_);
    if (changed.empty()) return;
    const auto lock = VolumeLock::acquire(app_.paths().locks(), row.volume, [&] {
      app_.console().step("waiting for another cai that works on this volume");
    });
    remove_leftover_helpers(shop.engine, shop.instance, lock);
    const WorkingHelper helper(shop.engine, shop.instance, image_for_helper(app_, row), lock,
                               VolumeHelper::Use::fill, user());
    InnerHome inside(shop.engine, helper, SignalWatch::asks_to_stop);
    auto lies_inside = inside.look(paths_to_ask(changed));
    auto choice = choose_home_files(changed, record_, lies_inside, overwrite());
    for (const auto* file : choice.there) record_.remember(*file);
    report_.keep(std::move(choice.kept));
    if (choice.send.empty()) return;
    TransferProgress progress(app_.console());
    auto what = plan(std::move(choice.send), progress);
    what.inside = std::move(lies_inside);
    HomeStream stream(std::move(what));
    inside.fill(stream);
    account_for(stream);
  }

  /// A workspace that never had a volume: a new one, taken over when it is complete.
  WorkspaceRow fill_new(Workshop& shop, const WorkspaceRow& row) {
    clear_killed_transfers(app_, shop.engine, shop.instance, shop.store);
    const auto volume = unused_volume_name(shop.engine, row);
    FillingVolume fresh(shop.engine, filling_marks(app_.paths()), volume,
                        volume_labels(make_desired(shop.instance, row, {}, shop.files)));
    const auto lock = VolumeLock::acquire(app_.paths().locks(), volume, [] {});
    {
      const VolumeHelper helper(shop.engine, shop.instance, image_for_helper(app_, row), lock,
                                VolumeHelper::Use::fill);
      TransferProgress progress(app_.console());
      auto what = plan(changed_outside(scan_, {}), progress);
      what.below = std::string(home_in_volume);
      HomeStream stream(std::move(what));
      fill_new_volume(
          shop.engine, helper, [&] { return stream.next(); }, SignalWatch::asks_to_stop);
      account_for(stream);
    }
    shop.store.take_over_volume(row.id, next_generation(shop, row), volume, fresh.nonce());
    record_.volume = fresh.nonce();
    fresh.in_service();
    return shop.store.find(row.id).value();
  }

  App& app_;
  std::filesystem::path from_;
  Report report_;
  HomeRecords records_;
  HomeScan scan_;
  HomeRecord record_;
  std::int64_t files_ = 0;
  std::int64_t bytes_ = 0;
};

}  // namespace

int import_home(App& app, const std::filesystem::path& from) {
  const SignalWatch watch;
  try {
    HomeImport import(app, from);
    return app.invocation().flag("dry-run") ? import.list() : import.carry_out();
  } catch (Error& error) {
    if (SignalWatch::asks_to_stop() && error.kind() == ErrorKind::interrupted) {
      throw ended_by_signal(SignalWatch::received(),
                            "interrupted; what was not imported yet is left as it was");
    }
    throw std::move(error.during("importing from " + escape_for_terminal(from.native())));
  }
}

}  // namespace cai
