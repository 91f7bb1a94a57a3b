// Looking at boxes, removing them, snapshots, networks.
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "agent/box.hpp"
#include "cai/base/error.hpp"
#include "cai/base/process_identity.hpp"
#include "cai/base/text.hpp"

namespace cai {
namespace {

Json ports_json(const ContainerDetails& details) {
  Json ports = Json::array();
  for (const auto& [inside, port] : details.ports) {
    ports.push_back(
        {{"host", port}, {"container", parse_integer(inside.substr(0, inside.find('/'))).value_or(0)}});
  }
  return ports;
}

Json purpose_json(const std::string& purpose) {
  return purpose.empty() ? Json() : Json(purpose);
}

/// A command answered from inside, and how long that took.
Json health_of(Call& call, const Box& box) {
  const auto started = std::chrono::steady_clock::now();
  Json health = {{"healthy", false}};
  try {
    const auto result = run_in_box(
        call, box,
        {.command = "echo cai-alive", .user = box.user, .directory = "/", .limit = std::chrono::seconds(10)});
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started)
            .count();
    health["healthy"] = result.succeeded() && trim(result.output) == "cai-alive";
    health["detail"] = result.timed_out     ? "no answer from inside within 10 s"
                       : result.succeeded() ? "answers from inside"
                                            : result.tail();
    health["response_ms"] = took;
  } catch (const Error& error) {
    health["detail"] = error.what();
  }
  if (const auto figures = call.engine.container_statistics(box.id())) {
    health["memory_bytes"] = figures->memory_bytes;
    health["memory_limit_bytes"] = figures->memory_limit_bytes;
  }
  return health;
}

/// Quoted for an instruction of a Dockerfile.
std::string blank(const char* instruction, const std::string& name) {
  return fmt::format("{} {}=\"\"", instruction, name);
}

bool is_own(const Labels& labels, const InstanceId& instance) {
  return label_or_empty(labels, label::managed) == "true" &&
         label_or_empty(labels, label::instance) == instance.value;
}

}  // namespace

Json hint_operation(Call& call) {
  const Box box = find_box(call, call.arguments.text("container"));
  const auto seen = run_in_box(call, box,
                               {.command = "for s in /bin/bash /usr/bin/bash /bin/zsh /usr/bin/zsh /bin/sh; "
                                           "do [ -x $s ] && { echo $s; exit; }; done",
                                .user = box.user,
                                .directory = "/"});
  std::string shell(trim(seen.output));
  if (shell.empty()) shell = "/bin/sh";
  return {{"command", interactive_command(call, box, shell)}, {"shell", shell}, {"container", box.name()}};
}

Json list_operation(Call& call) {
  Json boxes = Json::array();
  for (const auto& each : own_boxes(call.engine, call.house().instance)) {
    auto details = call.engine.inspect_container(each.id.value);
    if (!details) continue;  // gone in between
    const Box box = box_from(std::move(*details));
    const auto& session = label_or_empty(each.labels, label::session);
    boxes.push_back({{"name", box.name()},
                     {"container_id", box.id().value.substr(0, 12)},
                     {"status", box.details.container.state_text},
                     {"image", box.details.container.image},
                     {"ports", ports_json(box.details)},
                     {"purpose", purpose_json(box.purpose)},
                     {"persistent", box.persistent},
                     {"this_session", session == call.session.id()}});
  }
  const auto count = boxes.size();
  return {{"containers", std::move(boxes)}, {"count", count}};
}

Json status_operation(Call& call) {
  const Box box = find_box(call, call.arguments.text("container"));
  const auto& details = box.details;
  Json result = {{"container", box.name()},
                 {"container_id", box.id().value.substr(0, 12)},
                 {"running", box.runs()},
                 {"status", details.container.state_text},
                 {"started_at", details.started ? Json(format_rfc3339(*details.started)) : Json()},
                 {"exit_code", box.runs() ? Json() : Json(details.exit_code)},
                 {"image", details.container.image},
                 {"ports", ports_json(details)},
                 {"metadata",
                  {{"purpose", purpose_json(box.purpose)},
                   {"workdir", box.workdir},
                   {"user", box.user},
                   {"persistent", box.persistent},
                   {"network", label_or_empty(details.container.labels, label::box_network)},
                   {"created_at", format_rfc3339(details.container.created)}}}};
  if (call.arguments.flag("health_check")) result["health"] = health_of(call, box);
  return result;
}

Json destroy_operation(Call& call) {
  const Box box = find_box(call, call.arguments.text("container"));
  const std::string outcome = remove_box(call.engine, box.id(), call.arguments.flag("force") ? 0 : 10);
  if (outcome != "removed") {
    return {
        {"success", false}, {"container", box.name()}, {"error", fmt::format("{}: {}", box.name(), outcome)}};
  }
  return {{"success", true}, {"container", box.name()}, {"detail", "stopped and removed"}};
}

Json destroy_all_operation(Call& call) {
  if (!call.arguments.flag("confirm")) {
    throw Error(ErrorKind::usage,
                "destroy_all needs the parameter \"confirm\" to be true: it removes every box");
  }
  const auto boxes = own_boxes(call.engine, call.house().instance);
  std::vector<std::string> outcomes(boxes.size());
  std::vector<std::thread> removers;
  removers.reserve(boxes.size());
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    removers.emplace_back([&, i] {
      try {
        outcomes[i] = remove_box(*call.house().connect(), boxes[i].id, 2);
      } catch (const std::exception& error) {
        outcomes[i] = error.what();
      }
    });
  }
  for (auto& each : removers) each.join();
  Json results = Json::array();
  int destroyed = 0;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const bool removed = outcomes[i] == "removed";
    destroyed += removed ? 1 : 0;
    results.push_back({{"container", boxes[i].name}, {"success", removed}, {"detail", outcomes[i]}});
  }
  Json result = {{"success", destroyed == static_cast<int>(boxes.size())},
                 {"destroyed", destroyed},
                 {"results", std::move(results)}};
  if (destroyed != static_cast<int>(boxes.size())) result["error"] = "some boxes could not be removed";
  return result;
}

Json snapshot_operation(Call& call) {
  const std::string name = call.arguments.text("name");
  require_name("name", name);
  const Box box = find_box(call, call.arguments.text("container"));
  const std::string tag = snapshot_tag(call.house().instance, name);
  // The image inherits variables and labels; blanked, they keep no value, and no filter for ours finds it.
  std::vector<std::string> changes;
  const auto& labels = box.details.container.labels;
  for (const auto& variable : split(label_or_empty(labels, label::box_variables), ',')) {
    if (!variable.empty()) changes.push_back(blank("ENV", variable));
  }
  for (const auto& [key, value] : labels) {
    const bool kept = key == label::workdir || key == label::box_variables;
    if (key.starts_with("containai.") && !kept) changes.push_back(blank("LABEL", key));
  }
  changes.push_back(fmt::format("LABEL {}=\"snapshot\"", label::image_role));
  call.progress("saving the file system");
  const auto image = call.engine.commit_container(box.id(), tag, changes);
  if (!image) throw Error(ErrorKind::not_found, fmt::format("box {} is gone", box.name()));
  return {{"success", true},
          {"snapshot", name},
          {"image", tag},
          {"detail", "saved without what is mounted, without variables and credentials"}};
}

Json delete_snapshot_operation(Call& call) {
  const std::string name = call.arguments.text("name");
  require_name("name", name);
  const std::string tag = snapshot_tag(call.house().instance, name);
  switch (call.engine.remove_image(tag)) {
    case Outcome::done:
      return {{"success", true}, {"snapshot", name}};
    case Outcome::conflict:
      throw Error(ErrorKind::refused, fmt::format("the snapshot \"{}\" is used by a box", name))
          .hint("destroy the boxes restored from it first");
    default:
      throw Error(ErrorKind::not_found, fmt::format("there is no snapshot \"{}\"", name));
  }
}

Json create_network_operation(Call& call) {
  const std::string name = call.arguments.text("name");
  require_name("name", name);
  Labels labels = {
      {label::managed, "true"}, {label::kind, "network"}, {label::instance, call.house().instance.value}};
  // An agent's goes after its session, once nothing is on it. What a person makes stays until a person
  // removes it.
  if (call.session.rules().agent) {
    labels[label::session] = call.session.id();
    labels[label::owner] = to_text(this_process_identity());
  }
  const bool reserved = name == "bridge" || name == "host" || name == "none";
  if (reserved || call.engine.inspect_network(name) ||
      call.engine.create_network(name, labels) == Outcome::conflict) {
    throw Error(ErrorKind::failed, fmt::format("there is a network \"{}\" already", name));
  }
  return {{"success", true}, {"network", name}};
}

Json destroy_network_operation(Call& call) {
  const std::string name = call.arguments.text("name");
  const auto network = call.engine.inspect_network(name);
  if (!network) {
    throw Error(ErrorKind::not_found, fmt::format("there is no network \"{}\"", escape_for_terminal(name)));
  }
  if (!is_own(network->labels, call.house().instance)) {
    throw Error(ErrorKind::not_ours,
                fmt::format("the network \"{}\" was not made by this cai, and is left alone",
                            escape_for_terminal(name)));
  }
  const auto users = containers_on(call.engine, name);
  if (!users.empty() || call.engine.remove_network(network->id) == Outcome::conflict) {
    throw Error(ErrorKind::refused, fmt::format("the network \"{}\" is used by {}", name,
                                                users.empty() ? "a container" : join(users, ", ")))
        .hint("destroy these boxes first");
  }
  return {{"success", true}, {"network", name}};
}

}  // namespace cai
