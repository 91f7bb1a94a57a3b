// What the program prints as JSON, held against schema/*.schema.json.
#include <gtest/gtest.h>

#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "cli/collect_views.hpp"
#include "cli/doctor/view.hpp"
#include "cli/overview_fixture.hpp"
#include "cli/settings_views.hpp"
#include "cli/template_usage.hpp"
#include "cli/views.hpp"
#include "schema/schema_checker.hpp"

namespace cai {
namespace {

Json schema(const std::string& name) {
  const auto file = std::filesystem::path(CAI_SOURCE_DIRECTORY) / "schema" / (name + ".schema.json");
  const auto content = read_file(file);
  EXPECT_TRUE(content) << file;
  return parse_json(content.value_or(""));
}

/// Checked as it is printed: what cannot be written as JSON must not pass.
void expect_fits(const Json& value, const Json& schema) {
  EXPECT_EQ(join(schema_problems(schema, parse_json(dump_json(value, 2))), "\n"), "");
}

/// A property that is not required could vanish from the output unseen.
void expect_all_required(const Json& schema, const std::string& where) {
  if (schema.contains("properties")) {
    EXPECT_EQ(schema.value("additionalProperties", true), false) << where;
    EXPECT_EQ(schema.at("required").size(), schema.at("properties").size()) << where;
    for (const auto& [name, property] : schema.at("properties").items())
      expect_all_required(property, where + "." + name);
  }
  if (schema.contains("items")) expect_all_required(schema.at("items"), where + "[]");
  if (schema.contains("additionalProperties") && schema.at("additionalProperties").is_object())
    expect_all_required(schema.at("additionalProperties"), where + ".*");
}

WorkspaceView running_view() {
  WorkspaceView view;
  view.row.name = "myapp-auth";
  view.row.key = {"/src/myapp", "feature/auth", ""};
  view.row.port = 2300;
  view.row.volume = "myapp-auth-data";
  view.row.generation = 2;
  view.row.keep = true;
  view.status = "running";
  view.image = "containai:default-0123456789ab";
  view.template_name = "default";
  view.created = Timestamp{std::chrono::seconds(1'700'000'000)};
  view.behind = {"template_hash", "image"};
  return view;
}

WorkspaceView absent_view() {
  WorkspaceView view;
  view.row.name = "other";
  view.status = "absent";
  view.directory_exists = false;
  return view;
}

LiveFigures all_figures() {
  return {.uptime_seconds = 60,
          .ssh_connections = 1,
          .active_terminals = 0,
          .memory_bytes = 1 << 20,
          .memory_limit_bytes = 1 << 30,
          .cpu_percent = 0.5};
}

Desired desired_of(Wanted wanted) {
  Desired desired;
  desired.name = "myapp-auth";
  desired.wanted = wanted;
  return desired;
}

JournalEntry journal_entry(const std::string& outcome) {
  return {.id = 7,
          .operation = "0123456789ab",
          .workspace = "myapp-auth",
          .step = "start container myapp-auth: not running",
          .started_at = "2026-01-16T10:00:00Z",
          .finished_at = outcome.empty() ? "" : "2026-01-16T10:00:01Z",
          .outcome = outcome,
          .message = ""};
}

TEST(Schema, EveryPropertyIsRequiredAndNoOtherAllowed) {
  for (const char* name :
       {"status", "list", "plan", "log", "overview", "gc", "system-images", "system-containers", "doctor",
        "setting", "settings", "setting-change", "template", "template-list", "template-diff"}) {
    const auto document = schema(name);
    EXPECT_EQ(document.at("$schema"), "https://json-schema.org/draft/2020-12/schema");
    expect_all_required(document, name);
  }
}

TEST(Schema, Status) {
  expect_fits(status_json(running_view(), all_figures(), "unix:///run/engine.sock (DOCKER_HOST)"),
              schema("status"));
  expect_fits(status_json(absent_view(), {}, "unix:///run/engine.sock (default socket)"), schema("status"));
}

TEST(Schema, List) {
  RunView ended;
  ended.row.id = {"0123abcd"};
  ended.row.exit_code = 7;
  ended.row.created_at = "2026-01-16T10:00:00Z";
  ended.status = "exited";
  expect_fits(list_json({running_view(), absent_view()}, {ended, RunView{}}), schema("list"));
  expect_fits(list_json({}, {}), schema("list"));
}

TEST(Schema, PlanOfEveryWish) {
  for (const auto wanted : {Wanted::running, Wanted::stopped, Wanted::absent}) {
    expect_fits(plan_json(desired_of(wanted), {}), schema("plan"));
  }
}

TEST(Schema, PlanOfEveryCause) {
  Plan plan;
  for (int cause = 0; cause <= static_cast<int>(Cause::out_of_date); ++cause) {
    plan.steps.push_back({VerifyReady{}, static_cast<Cause>(cause)});
  }
  plan.behind = {"memory"};
  plan.notes = {"a note"};
  const auto json = plan_json(desired_of(Wanted::running), plan);
  expect_fits(json, schema("plan"));
  EXPECT_EQ(json.at("steps").at(0).at("action"), "verify that myapp-auth answers");
  EXPECT_EQ(
      json.at("steps").size(),
      schema("plan").at("properties").at("steps").at("items").at("properties").at("cause").at("enum").size());
}

TEST(Schema, Overview) {
  expect_fits(overview_json(test::full_overview()), schema("overview"));
  auto unknown = test::full_overview();
  unknown.inventory.usage.reset();
  expect_fits(overview_json(unknown), schema("overview"));
  expect_fits(overview_json({}), schema("overview"));
}

TEST(Schema, WhatMayGo) {
  const auto overview = test::full_overview();
  expect_fits(findings_json(find_for_clean(overview.inventory, {.workspaces = true})), schema("gc"));
  expect_fits(findings_json({}), schema("gc"));
}

TEST(Schema, System) {
  const auto overview = test::full_overview();
  expect_fits(system_images_json(overview.images), schema("system-images"));
  expect_fits(system_containers_json(overview.inventory.containers), schema("system-containers"));
}

TEST(Schema, RefusedPlan) {
  Plan plan;
  plan.refusal = Refusal{ErrorKind::refused, "it is newer", {"`cai --fresh`"}};
  expect_fits(plan_json(desired_of(Wanted::running), plan), schema("plan"));
}

TEST(Schema, LogOfEveryOutcome) {
  std::vector<JournalEntry> entries;
  for (const char* outcome : {"done", "unchanged", "conflict", "missing", "failed", ""}) {
    entries.push_back(journal_entry(outcome));
  }
  expect_fits(log_json(entries), schema("log"));
}

TEST(Schema, DoctorOfEveryHealth) {
  std::vector<Check> checks;
  for (const auto health : {Health::ok, Health::warning, Health::failed, Health::skipped})
    checks.push_back({"engine", health, "seen", health == Health::failed ? "a fix" : ""});
  expect_fits(doctor_json(checks), schema("doctor"));
  expect_fits(doctor_json(judge({})), schema("doctor"));
}

TEST(Schema, Settings) {
  auto settings = load_settings("/nonexistent/config.toml", std::nullopt, {});
  expect_fits(settings_json(settings), schema("settings"));
  for (const auto source : {Source::built_in, Source::user_file, Source::repository_file, Source::workspace,
                            Source::environment, Source::flag}) {
    expect_fits(setting_json({"4g", source, "somewhere"}), schema("setting"));
  }
  const auto& key = known_key("container.memory");
  expect_fits(changed_setting_json(key, {"/file", Source::user_file, true, "4g"}), schema("setting-change"));
  expect_fits(changed_setting_json(key, {}), schema("setting-change"));
}

TEST(Schema, Templates) {
  Template chosen;
  chosen.name = "default";
  chosen.files = {{.path = "Dockerfile", .content = "FROM x"}};
  const std::vector<TemplateUser> users = {{"default", "myapp-auth", "containai:default-0123", true},
                                           {"other", "myapp-main", "containai:other-0123", false}};
  expect_fits(template_json(chosen, users), schema("template"));
  EXPECT_EQ(template_json(chosen, users).at("used_by").size(), 1U);
  expect_fits(template_json(chosen, std::nullopt), schema("template"));
  expect_fits(Json::array({template_json(chosen, users)}), schema("template-list"));

  TemplateDifference difference;
  difference.settings = {{"memory", "0", "1024"}};
  difference.base = {{"BASE_IMAGE", "a", "b"}};
  difference.files = {{"a", FileChange::Kind::added, ""},
                      {"b", FileChange::Kind::removed, ""},
                      {"c", FileChange::Kind::changed, "@@ -1 +1 @@\n-a\n+b\n"}};
  expect_fits(template_difference_json({difference, {}}), schema("template-diff"));
}

TEST(SchemaChecker, NoticesEveryKindOfDifference) {
  const auto rules = schema("status");
  const auto good = status_json(running_view(), all_figures(), "engine");
  ASSERT_TRUE(schema_problems(rules, good).empty());

  auto lacking = good;
  lacking.at("sessions").erase("ssh_connections");
  EXPECT_EQ(schema_problems(rules, lacking), std::vector<std::string>{"$.sessions lacks ssh_connections"});
  auto extended = good;
  extended["colour"] = "blue";
  EXPECT_EQ(schema_problems(rules, extended), std::vector<std::string>{"$ has the unknown colour"});
  auto mistyped = good;
  mistyped["created"] = 5;
  EXPECT_EQ(schema_problems(rules, mistyped),
            std::vector<std::string>{"$.created is not [\"string\",\"null\"]"});
  auto bad_item = good;
  bad_item["behind"] = {"image", nullptr};
  EXPECT_EQ(schema_problems(rules, bad_item), std::vector<std::string>{"$.behind[1] is not \"string\""});
  EXPECT_EQ(schema_problems(schema("log"), log_json({journal_entry("lost")})),
            std::vector<std::string>{"$[0].outcome is not in the enum"});
  EXPECT_EQ(schema_problems(parse_json(R"({"minimum": 1})"), 0),
            std::vector<std::string>{"$: the checker does not know minimum"});
}

}  // namespace
}  // namespace cai
