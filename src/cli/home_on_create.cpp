#include "cli/home_on_create.hpp"

#include <fmt/format.h>

#include "cai/base/text.hpp"
#include "cai/data/archive_file.hpp"
#include "cai/home/stream.hpp"
#include "cli/home_records.hpp"

namespace cai {
namespace {

/// What src/image/runtime/init says when it could not unpack the tar.
constexpr std::string_view words_of_failure = "containai: what was to come along from your home did not";
constexpr int log_lines = 50;

/// Mounted into the container with the workspace's keys.
std::filesystem::path archive_of(App& app, const WorkspaceId& id) {
  return app.files().host_directory(id) / "home.tar";
}

std::int64_t failures_among(const std::vector<HomeFinding>& findings) {
  return std::ranges::count_if(findings, &HomeFinding::failure);
}

void tell(App& app, std::int64_t files, std::int64_t bytes, std::int64_t unread) {
  if (files > 0) {
    const bool secrets = app.user_settings().boolean("import.secrets_on_create");
    app.console().notice(fmt::format("{} {} from your home came along ({}){}", files,
                                     files == 1 ? "file" : "files", format_size(bytes),
                                     secrets ? "" : "; `cai import` brings logins too"));
  }
  if (unread > 0) {
    app.console().warning(fmt::format("{} more could not be read; `cai import` names them", unread));
  }
}

HomeSelection selection_at_creation(App& app, const WorkspaceSpecification& wanted) {
  auto selection =
      home_selection(app, wanted.git_directory.empty() ? wanted.root + "/.git" : wanted.git_directory);
  selection.on_request = false;
  selection.secrets = app.user_settings().boolean("import.secrets_on_create");
  return selection;
}

/// Writes the tar, and into `record` what it holds. Nothing to bring: no tar, and nothing is pending any
/// more.
void write_archive(App& app, const Desired& desired, HomeRecord& record) {
  record.files.clear();
  const auto home = app.environment().home();
  const auto scan = scan_home(home, selection_at_creation(app, desired.specification));
  HomeStream stream({.source = home,
                     .files = changed_outside(scan, record),
                     .below = "",
                     .uid = desired.specification.uid,
                     .gid = desired.specification.gid,
                     .inside = {},
                     .on_progress = {}});
  if (!scan.files.empty()) {
    ArchiveFile file(archive_of(app, desired.id));
    for (auto piece = stream.next(); !piece.empty(); piece = stream.next()) file.write(piece);
    file.publish();
    stream.remember(record);
  }
  record.pending = stream.files() > 0;
  tell(app, stream.files(), stream.bytes(),
       failures_among(scan.findings) + failures_among(stream.problems()));
}

void hand_over(App& app, const HomeRecords& records, const Desired& desired) {
  auto record = records.load(desired.id, desired.volume_id);
  if (desired.volume_id.empty() || !record.pending) return;
  try {
    write_archive(app, desired, record);
  } catch (const Error& error) {
    app.console().warning(std::string("nothing of your home came along: ") + error.what() +
                          "; `cai import` tries again");
    remove_home_archive(app, desired.id);
    record.pending = false;
    record.files.clear();
  }
  records.save(desired.id, record);
}

void conclude(App& app, Engine& engine, const HomeRecords& records, const ContainerId& container,
              const Desired& desired) {
  auto record = records.load(desired.id, desired.volume_id);
  if (desired.volume_id.empty() || !record.pending) return;
  if (engine.container_logs(container, log_lines).find(words_of_failure) != std::string::npos) {
    app.console().warning("not all of your home came along; `cai import` tries again");
    record.files.clear();
  }
  record.pending = false;
  records.save(desired.id, record);
  remove_home_archive(app, desired.id);
}

/// What must not throw becomes a warning.
template <typename Work>
void warn_of_failure(App& app, Work work) {
  try {
    work();
  } catch (const Error& error) {
    app.console().warning(std::string("cannot bring your home along: ") + error.what() +
                          "; `cai import` does it");
  }
}

}  // namespace

void remove_home_archive(App& app, const WorkspaceId& id) {
  remove_file(archive_of(app, id));
}

HomeSelection home_selection(App& app, const std::filesystem::path& git_directory) {
  const auto& settings = app.user_settings();
  return {.secrets = true,
          .on_request = true,
          .additional = settings.list("import.additional_paths"),
          .exclude = settings.list("import.exclude"),
          .git_directory = git_directory};
}

std::map<std::string, std::string> imported_variables(App& app) {
  std::map<std::string, std::string> variables;
  for (const auto& name : app.user_settings().list("env.import")) {
    if (auto value = app.environment().get(name)) variables[name] = std::move(*value);
  }
  return variables;
}

void bring_home_along(App& app, Workshop& shop) {
  const HomeRecords records(app.paths());
  if (app.user_settings().boolean("import.on_create")) {
    shop.before_new_volume = [&app, records](const Desired& desired) {
      warn_of_failure(app, [&] {
        records.save(desired.id, {.volume = desired.volume_id, .pending = true, .files = {}});
      });
    };
  }
  shop.before_start = [&app, records](const Desired& desired) {
    warn_of_failure(app, [&] { hand_over(app, records, desired); });
  };
  shop.after_ready = [&app, &engine = shop.engine, records](const ContainerId& container,
                                                            const Desired& desired) {
    warn_of_failure(app, [&] { conclude(app, engine, records, container, desired); });
  };
}

}  // namespace cai
