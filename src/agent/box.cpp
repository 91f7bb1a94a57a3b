#include "agent/box.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"

namespace cai {

namespace {

/// Nothing from a container that is just going away.
std::string last_words(Engine& engine, const Box& box) {
  try {
    return escape_for_terminal(trim(engine.container_logs(box.id(), 5)));
  } catch (const Error&) {
    return "its output cannot be read";
  }
}

}  // namespace

bool is_own_box(const Labels& labels, const InstanceId& instance) {
  return label_or_empty(labels, label::managed) == "true" && label_or_empty(labels, label::kind) == "box" &&
         label_or_empty(labels, label::instance) == instance.value;
}

Box box_from(ContainerDetails details) {
  const Labels& labels = details.container.labels;
  Box box{.user = label_or_empty(labels, label::box_user),
          .workdir = label_or_empty(labels, label::workdir),
          .purpose = label_or_empty(labels, label::purpose),
          .persistent = label_or_empty(labels, label::persistent) == "true"};
  box.details = std::move(details);
  return box;
}

std::vector<ObservedContainer> own_boxes(Engine& engine, const InstanceId& instance) {
  return engine.list_containers(
      {.labels = {{label::managed, "true"}, {label::kind, "box"}, {label::instance, instance.value}},
       .states = {}});
}

Box find_box(Call& call, const std::string& name_or_id) {
  auto details = call.engine.inspect_container(name_or_id);
  const bool looks_like_id =
      name_or_id.size() >= 12 && name_or_id.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!details && looks_like_id) {
    for (const auto& each : own_boxes(call.engine, call.house().instance)) {
      if (each.id.value.starts_with(name_or_id)) details = call.engine.inspect_container(each.id.value);
    }
  }
  if (!details) {
    throw Error(ErrorKind::not_found, fmt::format("there is no box \"{}\"", escape_for_terminal(name_or_id)))
        .hint("operation \"list\" shows the boxes there are");
  }
  if (!is_own_box(details->container.labels, call.house().instance)) {
    throw Error(ErrorKind::not_ours, fmt::format("\"{}\" is no box of this cai, and is left alone",
                                                 escape_for_terminal(name_or_id)))
        .hint("operation \"list\" shows the boxes there are");
  }
  return box_from(std::move(*details));
}

InsideResult run_in_box(Call& call, const Box& box, const InsideRequest& request) {
  auto result = run_inside(call.engine, box.id(), request, call.hooks.cancelled);
  if (!result) {
    throw Error(ErrorKind::failed, fmt::format("box {} does not run (it is {})", box.name(),
                                               escape_for_terminal(box.details.container.state_text)))
        .hint("operation \"status\" says more; \"destroy\" removes it");
  }
  return std::move(*result);
}

Error box_ended(Call& call, const Box& box, std::string_view when) {
  if (!call.engine.inspect_container(box.id().value)) {
    return {ErrorKind::start_failed, fmt::format("somebody removed the box {}", when)};
  }
  Error error(ErrorKind::start_failed,
              fmt::format("the box ended {}: {}", when, last_words(call.engine, box)));
  error.hint("a box needs /bin/sh and sleep; name another image");
  return error;
}

void require_running(Call& call, const Box& box, std::string_view when) {
  const auto details = call.engine.inspect_container(box.id().value);
  if (!details || details->container.state != ContainerState::running) throw box_ended(call, box, when);
}

std::string remove_box(Engine& engine, const ContainerId& id, int grace_seconds) {
  try {
    for (int attempt = 0; attempt < 3; ++attempt) {
      if (engine.stop_container(id, grace_seconds) == Outcome::missing) return "removed";
      const auto outcome = engine.remove_container(id);
      if (outcome != Outcome::conflict) return "removed";
      // Somebody else is removing it, or it was started again: look once more.
      if (!engine.inspect_container(id.value)) return "removed";
    }
    return "the engine refused to remove it, because it is in use";
  } catch (const Error& error) {
    return error.what();
  }
}

std::string snapshot_tag(const InstanceId& instance, const std::string& name) {
  return fmt::format("containai:snap-{}-{}", instance.value.substr(0, 8), name);
}

std::string interactive_command(Call& call, const Box& box, const std::string& shell) {
  return fmt::format("{} exec -it --user {} {} {}", call.session.runtime(call.engine), box.user, box.name(),
                     shell);
}

std::vector<std::string> containers_on(Engine& engine, const std::string& network) {
  std::vector<std::string> names;
  for (const auto& each : engine.list_containers({.labels = {}, .states = {}})) {
    if (std::ranges::find(each.networks, network) != each.networks.end()) names.push_back(each.name);
  }
  return names;
}

void require_name(std::string_view parameter, const std::string& name) {
  constexpr std::string_view known = "_.-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  constexpr std::string_view marks = known.substr(0, 3);
  const bool fine = !name.empty() && name.size() <= 63 &&
                    marks.find(name.front()) == std::string_view::npos &&
                    name.find_first_not_of(known) == std::string::npos;
  if (fine) return;
  throw Error(ErrorKind::usage,
              fmt::format("the parameter \"{}\" must have 1 to 63 letters, digits, '_', '.' and "
                          "'-', and begin with a letter or digit",
                          parameter));
}

}  // namespace cai
