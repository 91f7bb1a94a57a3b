// One client's session: dispatch, results, the end.
#include <fmt/format.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <thread>

#include "agent/box.hpp"
#include "cai/base/error.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

Json error_object(const Error& error) {
  std::string text = error.what();
  for (const auto& doing : error.trail()) text += ", while " + doing;
  Json object = {{"error", text}};
  if (!error.hints().empty()) object["guidance"] = join(error.hints(), "; ");
  return object;
}

void redact(std::string& text, const std::vector<std::string>& secrets) {
  for (const auto& secret : secrets) {
    if (secret.size() < 4) continue;
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
      text.replace(at, secret.size(), "[secret]");
    }
  }
}

void redact(Json& value, const std::vector<std::string>& secrets) {
  if (value.is_string()) {
    redact(value.get_ref<std::string&>(), secrets);
  } else if (value.is_structured()) {
    for (auto& child : value) redact(child, secrets);
  }
}

/// The text of an answer to a call that names no operation that there is.
Error unknown_operation(const Json& arguments) {
  std::vector<std::string> names;
  for (const auto& each : operations()) names.emplace_back(each.name);
  const std::string known = join(names, ", ");
  if (!arguments.is_object() || !arguments.contains("operation") || !arguments["operation"].is_string()) {
    return {ErrorKind::usage, "the parameter \"operation\" is missing; it must be one of: " + known};
  }
  const auto word = arguments["operation"].get<std::string>();
  const auto near = did_you_mean(word, names);
  return {ErrorKind::usage, fmt::format("Unknown operation: {}{}; it must be one of: {}", shown_word(word),
                                        near ? fmt::format(" (did you mean {}?)", *near) : "", known)};
}

Json check(const char* name, bool passed, const std::string& detail, const std::string& guidance = {}) {
  Json object = {{"name", name}, {"passed", passed}, {"detail", detail}};
  if (!guidance.empty()) object["guidance"] = guidance;
  return object;
}

Json disk_check() {
  constexpr std::int64_t least = 1LL << 30;
  constexpr std::int64_t low = 5LL << 30;
  struct statvfs disk = {};
  if (statvfs("/", &disk) != 0) return check("disk_space", true, "cannot be measured");
  const auto free = static_cast<std::int64_t>(disk.f_bavail) * static_cast<std::int64_t>(disk.f_frsize);
  const std::string detail = format_size(free) + " free" + (free < low && free >= least ? " (low)" : "");
  return check("disk_space", free >= least, detail,
               free < least ? "Free at least 1 GB: docker system prune" : "");
}

std::string runtime_word(const EngineInformation& information) {
  return information.product.name == "Podman" ? "podman" : "docker";
}

Json preflight_result(bool ready, const std::string& runtime, Json checks) {
  Json result = {{"ready", ready}, {"runtime", runtime}, {"checks", std::move(checks)}};
  for (const auto& each : result["checks"]) {
    if (each.contains("guidance") && !result.contains("guidance")) result["guidance"] = each["guidance"];
  }
  return result;
}

/// What preflight says when there is no engine to ask.
Json preflight_without_engine(const Error& error) {
  const bool denied = std::string_view(error.what()).find("ermission") != std::string_view::npos;
  const std::string guidance =
      error.hints().empty() ? "sudo systemctl start docker" : join(error.hints(), "; ");
  Json checks = Json::array();
  checks.push_back(check("runtime_installed", true, "Found: docker"));
  checks.push_back(
      check("daemon_running", denied, denied ? "Daemon is there" : error.what(), denied ? "" : guidance));
  checks.push_back(check("user_permissions", false, denied ? error.what() : "skipped: no daemon answers",
                         denied ? guidance : ""));
  checks.push_back(disk_check());
  return preflight_result(false, "docker", std::move(checks));
}

/// Those that the session made. What a persistent box is on stays, until that box is gone and a sweep comes.
void remove_empty_networks(Engine& engine, const InstanceId& instance, const std::string& session) {
  const Labels made_here = {
      {label::managed, "true"}, {label::instance, instance.value}, {label::session, session}};
  for (const auto& network : engine.list_networks(made_here)) {
    if (containers_on(engine, network.name).empty()) engine.remove_network(network.id);
  }
}

}  // namespace

Json preflight_report(Engine& engine) {
  try {
    const auto information = engine.information();
    const std::string runtime = runtime_word(information);
    engine.list_containers({.labels = {{label::managed, "true"}}, .states = {}});
    Json checks = Json::array();
    checks.push_back(check("runtime_installed", true, "Found: " + runtime));
    checks.push_back(check("daemon_running", true, "Daemon responding"));
    checks.push_back(check("user_permissions", true, "User can access runtime"));
    Json disk = disk_check();
    const bool ready = disk["passed"].get<bool>();
    checks.push_back(std::move(disk));
    return preflight_result(ready, runtime, std::move(checks));
  } catch (const Error& error) {
    return preflight_without_engine(error);
  }
}

Json preflight_operation(Call& call) {
  return preflight_report(call.engine);
}

BoxSession::BoxSession(BoxHouse house, SessionRules rules)
    : house_(std::move(house)), rules_(std::move(rules)), id_(random_hex(8)) {}

std::optional<Json> BoxSession::preflight_once(Engine& engine) {
  // Held while it is checked: ten creates at once ask the engine once.
  const std::scoped_lock lock(preflight_mutex_);
  if (preflight_passed_) return std::nullopt;
  Json report = preflight_report(engine);
  if (!report["ready"].get<bool>()) return report;
  preflight_passed_ = true;
  runtime_ = report["runtime"].get<std::string>();
  return std::nullopt;
}

std::string BoxSession::runtime(Engine& engine) {
  const std::scoped_lock lock(preflight_mutex_);
  if (runtime_.empty()) runtime_ = runtime_word(engine.information());
  return runtime_;
}

/// Boxes go without the session's doing, never come: as long as fewer were made than may be there, nobody has
/// to look how many there are.
void BoxSession::require_place(Engine& engine) {
  if (!rules_.agent || made_ + std::ssize(being_made_) < rules_.most_boxes) return;
  // One that is being made may be among those that are there already.
  std::set<std::string> names(being_made_.begin(), being_made_.end());
  for (const auto& each : own_boxes(engine, house_.instance)) {
    if (label_or_empty(each.labels, label::session) == id_) names.insert(each.name);
  }
  if (std::ssize(names) < rules_.most_boxes) return;
  throw Error(ErrorKind::refused,
              fmt::format("this session has {} boxes, and may have no more", rules_.most_boxes))
      .hint("destroy one that is not needed, or start the server with `cai mcp --max N`");
}

std::shared_ptr<void> BoxSession::take_place(Engine& engine, const std::string& name) {
  const std::scoped_lock lock(mutex_);
  require_place(engine);
  const auto place = being_made_.insert(name);
  return {nullptr, [this, place](void*) {
            const std::scoped_lock unlock(mutex_);
            being_made_.erase(place);
            ++made_;
          }};
}

Json BoxSession::call(const Json& arguments, const CallHooks& hooks, std::optional<ErrorKind>* kind) {
  std::vector<std::string> secrets;
  Json result;
  try {
    const auto* operation =
        arguments.is_object() && arguments.contains("operation") && arguments["operation"].is_string()
            ? find_operation(arguments["operation"].get<std::string>())
            : nullptr;
    if (operation == nullptr) throw unknown_operation(arguments);
    auto checked = check_arguments(*operation, arguments);
    std::unique_ptr<Engine> engine;
    try {
      engine = house_.connect();
    } catch (const Error& error) {
      if (operation->name == "preflight") return preflight_without_engine(error);
      throw;
    }
    Call call{*this, *engine, std::move(checked), hooks};
    try {
      result = operation->run(call);
    } catch (const Error& error) {
      if (kind != nullptr) *kind = error.kind();
      result = error_object(error);
    }
    secrets = std::move(call.secrets);
  } catch (const Error& error) {
    if (kind != nullptr) *kind = error.kind();
    result = error_object(error);
  } catch (const std::exception& error) {
    result = {{"error", fmt::format("internal failure: {}", error.what())}};
  }
  if (!secrets.empty()) redact(result, secrets);
  return result;
}

int BoxSession::exec_streaming(const std::string& name, const std::string& command, bool as_root,
                               const ExecStreams& streams) {
  const auto engine = house_.connect();
  const CallHooks hooks;
  Call call{*this, *engine, Arguments(Json::object(), {}), hooks};
  const Box box = find_box(call, name);
  const auto request = inside_exec({.command = command,
                                    .words = {},
                                    .user = as_root ? root_user : box.user,
                                    .directory = {},
                                    .input = {},
                                    .limit = {},
                                    .with_variables = true});
  const auto code = engine->execute_streaming(box.id(), request, streams, [] { return false; });
  if (!code) throw Error(ErrorKind::failed, fmt::format("box {} does not run", box.name()));
  return *code;
}

void BoxSession::end() {
  try {
    const auto engine = house_.connect();
    std::vector<std::thread> removers;
    for (const auto& each : own_boxes(*engine, house_.instance)) {
      const bool ends = label_or_empty(each.labels, label::session) == id_ &&
                        label_or_empty(each.labels, label::persistent) != "true";
      if (!ends) continue;
      removers.emplace_back([this, id = each.id] {
        try {
          remove_box(*house_.connect(), id, 2);
        } catch (const Error&) {
          return;  // The sweep of a later command finds it by its owner.
        }
      });
    }
    for (auto& each : removers) each.join();
    remove_empty_networks(*engine, house_.instance, id_);
  } catch (const Error&) {
    return;
  }
}

}  // namespace cai
