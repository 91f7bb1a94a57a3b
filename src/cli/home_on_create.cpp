#include "cli/home_on_create.hpp"

#include <fmt/format.h>

#include "cai/base/text.hpp"
#include "cai/data/volume_layout.hpp"
#include "cai/home/stream.hpp"
#include "cli/home_records.hpp"

namespace cai {
namespace {

void tell(App& app, const HomeStream& stream, std::size_t left_out) {
  const bool secrets = app.user_settings().boolean("import.secrets_on_create");
  app.console().notice(fmt::format("{} {} from your home came along ({}){}", stream.files(),
                                   stream.files() == 1 ? "file" : "files", format_size(stream.bytes()),
                                   secrets ? "" : "; `cai import` brings logins too"));
  if (left_out > 0) {
    app.console().warning(fmt::format("{} more could not be read; `cai import` names them", left_out));
  }
}

std::size_t failures_among(const std::vector<HomeFinding>& findings) {
  return static_cast<std::size_t>(std::ranges::count_if(findings, &HomeFinding::failure));
}

void fill(App& app, Engine& engine, const ContainerId& container, const Desired& desired,
          HomeRecord& record) {
  const auto& wanted = desired.specification;
  auto selection =
      home_selection(app, wanted.git_directory.empty() ? wanted.root + "/.git" : wanted.git_directory);
  selection.on_request = false;
  selection.secrets = app.user_settings().boolean("import.secrets_on_create");
  const auto home = app.environment().home();
  const auto scan = scan_home(home, selection);
  const auto unread = failures_among(scan.findings);
  HomeStreamPlan plan{.source = home,
                      .files = changed_outside(scan, record),
                      .below = std::string(home_in_volume),
                      .uid = wanted.uid,
                      .gid = wanted.gid,
                      .on_progress = {}};
  HomeStream stream(std::move(plan));
  if (!scan.files.empty()) {
    const auto outcome = engine.write_archive(
        container, volume_mount_point, [&] { return stream.next(); }, [] { return false; });
    if (outcome != Outcome::done) throw Error(ErrorKind::failed, "the container has no data volume");
    stream.remember(record);
  }
  if (stream.files() > 0 || unread > 0) tell(app, stream, unread + failures_among(stream.problems()));
}

}  // namespace

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
  if (!app.user_settings().boolean("import.on_create")) return;
  const HomeRecords records(app.paths());
  shop.before_new_volume = [&app, records](const Desired& desired) {
    try {
      records.save(desired.id, {.volume = desired.volume_id, .pending = true, .files = {}});
    } catch (const Error& error) {
      app.console().warning(std::string("nothing of your home will come along: ") + error.what());
    }
  };
  auto& engine = shop.engine;
  shop.before_start = [&app, &engine, records](const ContainerId& container, const Desired& desired) {
    try {
      auto record = records.load(desired.id, desired.volume_id);
      if (desired.volume_id.empty() || !record.pending) return;
      record.pending = false;
      try {
        fill(app, engine, container, desired, record);
      } catch (const Error& error) {
        app.console().warning(std::string("nothing of your home came along: ") + error.what() +
                              "; `cai import` tries again");
      }
      records.save(desired.id, record);
    } catch (const Error& error) {
      app.console().warning(std::string("cannot tell what came along from your home: ") + error.what());
    }
  };
}

}  // namespace cai
