// From a wish to the request for its container.
#include <fmt/format.h>

#include "agent/box.hpp"
#include "agent/credentials.hpp"
#include "agent/inside.hpp"
#include "agent/preparation.hpp"
#include "agent/wish.hpp"
#include "cai/base/process_identity.hpp"
#include "cai/base/text.hpp"
#include "cai/model/image_labels.hpp"

namespace cai {
namespace {

constexpr std::int64_t pids_limit = 256;

Labels labels_of(Call& call, const Wish& wish) {
  std::vector<std::string> names;
  for (const auto& [name, value] : call.arguments.map("env")) names.push_back(name);
  const bool agent = call.session.rules().agent;
  // A box that a person makes by hand stays until that person destroys it.
  const bool persistent = !wish.only_for_this_call && (call.arguments.flag("persistent") || !agent);
  Labels labels = {
      {label::managed, "true"},
      {label::kind, "box"},
      {label::instance, call.house().instance.value},
      {label::workdir, wish.workdir},
      {label::box_user, wish.user},
      {label::box_variables, join(names, ",")},
      {label::purpose, wish.purpose_word},
      {label::image_role, ""},
      {label::persistent, persistent ? "true" : "false"},
  };
  if (!wish.network.empty()) labels[label::box_network] = wish.network;
  if (agent) labels[label::session] = call.session.id();
  // The sweep takes what has a dead owner: what stays has none.
  if (!persistent) labels[label::owner] = to_text(this_process_identity());
  return with_image_labels_silenced(std::move(labels));
}

}  // namespace

ContainerRequest request_of(Call& call, const Wish& wish) {
  const auto& arguments = call.arguments;
  ContainerRequest request;
  request.labels = labels_of(call, wish);
  request.image = wish.image.reference;
  request.hostname = wish.name;
  if (!wish.service) {
    request.entrypoint = {"/bin/sh", "-c", box_program};
    // Engines give root's execs no more capabilities than the container's own user has.
    request.user = root_user;
    request.open_input = true;
  }
  if (!wish.service || arguments.has("workdir")) request.working_directory = wish.workdir;
  for (const auto& [name, value] : arguments.map("env")) {
    if (wish.service || !names_a_secret(name)) request.environment.push_back(name + "=" + value);
  }
  for (const auto& mount : wish.mounts) {
    request.mounts.push_back({MountRequest::Type::bind, mount.host.string(), mount.inside, mount.read_only});
  }
  if (!wish.ssh_directory.empty()) {
    request.mounts.push_back({MountRequest::Type::bind, wish.ssh_directory, "/run/cai-ssh", true});
  }
  const auto ids = split(wish.user, ':');
  request.temporary_file_systems[private_directory] =
      fmt::format("rw,nosuid,nodev,size=64m,mode=0755,uid={},gid={}", ids[0], ids[1]);
  if (arguments.has("ports")) {
    for (const auto& each : arguments.value("ports")) {
      request.ports.push_back({each["container"].get<int>(), each["host"].get<int>(), "tcp"});
    }
  }
  request.network = arguments.text("network");
  request.all_gpus = arguments.flag("gpu");
  request.memory_bytes = memory_bytes(call);
  constexpr double nano = 1e9;
  request.nano_cpus = static_cast<std::int64_t>(arguments.number("cpu_limit") * nano);
  request.pids_limit = pids_limit;
  request.added_capabilities = call.house().settings.added_capabilities;
  request.engine_init = true;
  return request;
}

}  // namespace cai
