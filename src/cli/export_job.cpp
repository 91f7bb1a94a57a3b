#include "cli/export_job.hpp"

#include <fmt/format.h>

#include <ctime>
#include <future>

#include "cai/base/text.hpp"
#include "cai/data/archive_file.hpp"
#include "cai/data/export.hpp"
#include "cai/data/volume_helper.hpp"
#include "cai/data/volume_layout.hpp"
#include "cai/run/signals.hpp"
#include "cli/changed_files.hpp"
#include "cli/exit_codes.hpp"
#include "cli/transfer_progress.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;

/// A file that shrinks while it is read ends the engine's tar; the next attempt mostly gets through.
constexpr int attempts = 4;
constexpr std::size_t names_shown = 10;
constexpr const char* standard_output = "-";

std::string default_name(App& app, const WorkspaceRow& row) {
  const auto now = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(app.clock().now()));
  std::tm local = {};
  localtime_r(&now, &local);
  return fmt::format("{}-{:04}{:02}{:02}-{:02}{:02}{:02}.tgz", row.name, local.tm_year + 1900,
                     local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec);
}

/// Where the archive goes, as the user would write it.
fs::path target_of(App& app, const WorkspaceRow& row, const std::optional<std::string>& output) {
  if (!output) return default_name(app, row);
  if (output->empty())
    throw Error(ErrorKind::usage, "--output takes a file, a directory, or - for standard output");
  std::error_code ignored;
  const bool is_directory =
      output->ends_with('/') || fs::is_directory(app.environment().working_directory / *output, ignored);
  return is_directory ? fs::path(*output) / default_name(app, row) : fs::path(*output);
}

Compression compression_for(const fs::path& target) {
  const auto name = to_lower_ascii(target.filename().string());
  for (const char* ending : {".tgz", ".tar.gz"}) {
    if (name.ends_with(ending)) return Compression::gzip;
  }
  for (const char* ending : {".tar.zst", ".tzst", ".tar.zstd"}) {
    if (name.ends_with(ending)) return Compression::zstd;
  }
  // Other tools choose by the name too; a name that promises something else would mislead them.
  for (const char* ending : {".tar", ".xz", ".bz2", ".zip", ".txz", ".tbz2", ".7z"}) {
    if (!name.ends_with(ending)) continue;
    throw Error(ErrorKind::usage, "an export is a .tgz or a .tar.zst, not a " + std::string(ending) + " file")
        .hint("choose a name that ends so");
  }
  return Compression::gzip;
}

ExportDescription describe(App& app, const WorkspaceRow& row, bool running,
                           std::vector<std::string> exclude) {
  ExportDescription description;
  description.created_at = format_rfc3339(app.clock().now());
  description.workspace = row.name;
  description.branch = row.key.branch;
  description.template_name =
      row.choices.template_name.value_or(app.user_settings().text("template.default"));
  description.volume = row.volume;
  description.uid = app.environment().uid;
  description.gid = app.environment().gid;
  description.running = running;
  description.credentials = !app.invocation().flag("no-credentials");
  description.exclude = std::move(exclude);
  // Not the variables of -e: people put secrets there.
  if (row.choices.memory_bytes)
    description.settings["container.memory"] = std::to_string(*row.choices.memory_bytes);
  if (row.choices.nano_cpus) {
    description.settings["container.cpus"] =
        fmt::format("{:g}", static_cast<double>(*row.choices.nano_cpus) / 1e9);
  }
  if (row.choices.profile) description.settings["container.profile"] = to_string(*row.choices.profile);
  return description;
}

/// One export on its way: where it comes from, and what was told on it.
class ExportJob {
 public:
  ExportJob(App& app, Workshop& shop, const WorkspaceRow& row)
      : app_(app),
        shop_(shop),
        row_(row),
        rules_(app.user_settings().list("export.exclude"), app.invocation().flag("no-credentials")) {}

  void to_file(const fs::path& target) {
    ArchiveFile file(target);
    run(
        compression_for(target), target.parent_path(), [&](std::string_view bytes) { file.write(bytes); },
        [&] { file.restart(); },
        [&](const BlockWriter& writer) {
          // The disk is waited for while the processors read the archive back.
          auto flushed = std::async(std::launch::async, [&] { file.flush(); });
          verify_blocks(file.descriptor(), compression_for(target), writer.blocks(),
                        SignalWatch::asks_to_stop);
          flushed.get();
        });
    file.publish();
  }

  void to_standard_output() {
    const auto write = [&](std::string_view bytes) {
      app_.console().data(bytes);
      if (app_.console().output_closed()) {
        throw Error(ErrorKind::failed, "whoever read the archive from standard output has gone");
      }
    };
    // What is written cannot be taken back, so there is one attempt.
    run(Compression::gzip, fs::temp_directory_path(), write, nullptr, [](const BlockWriter&) {});
  }

 private:
  void run(Compression compression, const fs::path& scratch, const BlockWriter::Output& write,
           const std::function<void()>& restart, const std::function<void(const BlockWriter&)>& check) {
    const auto lock = VolumeLock::acquire(app_.paths().locks(), row_.volume, [&] {
      app_.console().step("waiting for another cai that works on this volume");
    });
    remove_leftover_helpers(shop_.engine, shop_.instance, lock);
    ChangedFiles changed(app_.connect(), row_);
    const VolumeHelper helper(shop_.engine, shop_.instance, image_for_helper(app_, row_), lock,
                              VolumeHelper::Use::read);
    const auto description =
        describe(app_, row_, changed.may_change(), app_.user_settings().list("export.exclude"));
    for (int attempt = 1;; ++attempt) {
      BlockWriter writer(compression, write);
      const auto report = read(helper, description, scratch, writer);
      if (report) {
        changed.look();
        check(writer);
        tell(*report, changed, writer);
        return;
      }
      if (attempt == attempts || !restart) throw still_changing();
      app_.console().notice("a file became shorter while it was read; beginning again");
      restart();
    }
  }

  std::optional<ExportReport> read(const VolumeHelper& helper, const ExportDescription& description,
                                   const fs::path& scratch, BlockWriter& writer) {
    TransferProgress progress(app_.console());
    const ExportHooks hooks{
        .should_stop = SignalWatch::asks_to_stop, .on_progress = [&](const ExportReport& report) {
          progress.update([&] {
            return fmt::format("{} of {} files read, {} written", format_size(report.bytes), report.entries,
                               format_size(static_cast<std::int64_t>(writer.bytes_out())));
          });
        }};
    const auto report = export_volume(shop_.engine, helper.id(), rules_, description, scratch, writer, hooks);
    if (report) writer.finish();
    return report;
  }

  [[nodiscard]] Error still_changing() const {
    return Error(ErrorKind::failed,
                 "a file in the volume keeps changing while it is read; nothing was exported")
        .hint(
            "`cai stop --export` stops the programs inside after the export; stop what writes, or `cai stop` "
            "first");
  }

  void tell(const ExportReport& report, ChangedFiles& changed, const BlockWriter& writer) {
    auto& console = app_.console();
    auto names = changed.names();
    if (names) {
      std::erase_if(*names,
                    [&](const auto& path) { return rules_.excludes(path) || rules_.holds_back(path); });
    }
    if (!names) {
      console.warning("the workspace runs, and which files changed meanwhile cannot be found out: " +
                      escape_for_terminal(names.error()));
    } else if (!names->empty()) {
      console.warning(
          fmt::format("{} {} changed during the export; the archive may hold an older or a mixed state of:",
                      names->size(), names->size() == 1 ? "file" : "files"));
      for (std::size_t i = 0; i < names->size() && i < names_shown; ++i) {
        console.notice("  " + escape_for_terminal((*names)[i]));
      }
      if (names->size() > names_shown)
        console.notice(fmt::format("  and {} more", names->size() - names_shown));
    }
    if (report.special_files > 0) {
      console.notice(fmt::format("left out: {} FIFOs or devices", report.special_files));
    }
    const auto held = report.credentials_left_out;
    console.notice(app_.invocation().flag("no-credentials")
                       ? fmt::format("known credentials are left out ({} found)", held)
                       : "the archive holds the credentials that are in the volume: keep it safe");
    console.step(fmt::format("{} entries, {} in {}", report.entries, format_size(report.bytes),
                             format_size(static_cast<std::int64_t>(writer.bytes_out()))));
  }

  App& app_;
  Workshop& shop_;
  const WorkspaceRow& row_;
  ExportRules rules_;
};

void require_volume(Engine& engine, const WorkspaceRow& row) {
  if (engine.inspect_volume(row.volume)) return;
  // Mounting it anyway would make an empty one.
  throw Error(ErrorKind::not_found, "the data volume " + row.volume + " of " + row.name + " does not exist")
      .hint(row.volume_confirmed ? "`cai plan` shows what can be done about it" : "`cai` makes it");
}

}  // namespace

std::string export_workspace(App& app, Workshop& shop, const WorkspaceRow& row,
                             const std::optional<std::string>& output) {
  const bool to_standard_output = output == standard_output;
  if (to_standard_output && app.console().output_is_terminal()) {
    throw Error(ErrorKind::usage, "an archive is not written to a terminal")
        .hint("name a file with --output, or redirect standard output");
  }
  const auto target = to_standard_output ? fs::path() : target_of(app, row, output);
  require_volume(shop.engine, row);
  const SignalWatch watch;
  try {
    ExportJob job(app, shop, row);
    if (to_standard_output) {
      job.to_standard_output();
      return "";
    }
    job.to_file(app.environment().working_directory / target);
    return target.string();
  } catch (Error& error) {
    if (SignalWatch::asks_to_stop()) {
      throw ended_by_signal(SignalWatch::received(), "interrupted; no archive was written");
    }
    throw std::move(error.during("exporting " + row.name));
  }
}

std::string image_for_helper(App& app, const WorkspaceRow& row) {
  auto& engine = app.engine();
  if (const auto details = engine.inspect_container(row.container.empty() ? row.name : row.container.value)) {
    // By id: the tag may be gone, the container keeps its image.
    if (engine.inspect_image(details->container.image_id)) return details->container.image_id;
  }
  const auto subject = make_subject(app, row);
  const auto options = resolve_options(app, subject, row.choices);
  std::vector<std::string> candidates = {options.chosen.image};
  if (options.default_image) candidates.push_back(options.default_image->image);
  candidates.push_back(options.base_image);
  for (const auto& image : candidates) {
    if (engine.inspect_image(image)) return image;
  }
  app.console().step("pulling " + options.base_image);
  engine.pull_image(options.base_image, [](std::string_view) {});
  return options.base_image;
}

}  // namespace cai
