#include "engine/translate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "cai/base/text.hpp"
#include "engine/container_calls.hpp"
#include "engine/failures.hpp"
#include "engine/fields.hpp"

namespace cai {
namespace {

constexpr const char* docker_name = "Docker Engine";
constexpr const char* podman_name = "Podman";

constexpr std::size_t max_message_bytes = 4096;

void set_state(ObservedContainer& container, std::string text) {
  container.state = parse_container_state(text);
  container.state_text = std::move(text);
}

/// The host port of a binding list like [{"HostIp":"127.0.0.1","HostPort":"2222"}].
std::optional<int> host_port(const Json& bindings) {
  if (!bindings.is_array()) return std::nullopt;
  for (const Json& binding : bindings) {
    const auto port = parse_integer(text_field(&binding, "HostPort"));
    if (port && *port > 0 && *port <= 65535) return static_cast<int>(*port);
  }
  return std::nullopt;
}

void add_ports(std::map<std::string, int>& ports, const Json* bindings) {
  if (bindings == nullptr) return;
  for (const auto& [inside, list] : bindings->items()) {
    if (const auto port = host_port(list)) ports[inside] = *port;
  }
}

std::map<std::string, std::string> volume_mounts_from(const Json* mounts) {
  std::map<std::string, std::string> result;
  if (mounts == nullptr) return result;
  for (const Json& mount : *mounts) {
    if (text_field(&mount, "Type") == "volume") {
      result[text_field(&mount, "Destination")] = text_field(&mount, "Name");
    }
  }
  return result;
}

int to_int(std::int64_t value) {
  return static_cast<int>(
      std::clamp<std::int64_t>(value, std::numeric_limits<int>::min(), std::numeric_limits<int>::max()));
}

bool has_security_option(const Json* options, std::string_view name) {
  return options != nullptr && std::any_of(options->begin(), options->end(), [name](const Json& each) {
           return each.is_string() && std::string_view(each.get_ref<const std::string&>()).starts_with(name);
         });
}

}  // namespace

std::string required_engine_id(std::string id) {
  if (!is_full_id(id)) throw answer_rubbish("has something else than 64 hex digits as an id");
  return id;
}

std::string engine_id_from(const Json& value, const char* name) {
  return required_engine_id(text_field(&value, name));
}

Timestamp from_unix_seconds(std::int64_t seconds) {
  // What does not fit into nanoseconds is no time a container was made at.
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / 1'000'000'000;
  return Timestamp(std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, most)));
}

std::optional<EngineProduct> product_from(std::string_view server, const std::string& api_version) {
  const auto slash = server.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto product = server.substr(0, slash);
  const auto rest = server.substr(slash + 1);
  const std::string version(rest.substr(0, rest.find(' ')));
  if (version.empty()) return std::nullopt;
  if (product == "Docker") return EngineProduct{docker_name, version, api_version};
  if (product == "Libpod") return EngineProduct{podman_name, version, api_version};
  return std::nullopt;
}

EngineInformation information_from(const Json& value, bool podman) {
  EngineInformation information;
  information.product.name = podman ? podman_name : docker_name;
  // Podman makes up a new ID for every call.
  information.id = {
      podman ? fmt::format("podman:{}@{}", text_field(&value, "DockerRootDir"), text_field(&value, "Name"))
             : text_field(&value, "ID")};
  if (information.id.empty()) throw answer_rubbish("does not say which engine it is (no ID in /info)");
  information.product.version = text_field(&value, "ServerVersion");
  information.cgroup_version = text_field(&value, "CgroupVersion");
  information.cgroup_driver = text_field(&value, "CgroupDriver");
  information.data_directory = text_field(&value, "DockerRootDir");
  if (const Json* runtimes = object_field(&value, "Runtimes")) {
    for (const auto& [name, ignored] : runtimes->items()) information.runtimes.push_back(name);
  }
  information.memory_bytes = integer_field(&value, "MemTotal");
  information.processors = to_int(integer_field(&value, "NCPU"));
  const Json* options = array_field(&value, "SecurityOptions");
  information.rootless = has_security_option(options, "name=rootless");
  information.user_namespaces = has_security_option(options, "name=userns");
  return information;
}

ContainerDetails container_from(const Json& value) {
  ContainerDetails details;
  const Json* config = object_field(&value, "Config");
  const Json* state = object_field(&value, "State");
  ObservedContainer& container = details.container;
  container.id = {engine_id_from(value, "Id")};
  container.name = text_field(&value, "Name");
  if (container.name.starts_with('/')) container.name.erase(0, 1);
  set_state(container, text_field(state, "Status"));
  container.labels = labels_field(config, "Labels");
  container.image = text_field(config, "Image");
  container.image_id = text_field(&value, "Image");
  container.created = parse_rfc3339(text_field(&value, "Created")).value_or(Timestamp{});

  details.started = parse_rfc3339(text_field(state, "StartedAt"));
  details.finished = parse_rfc3339(text_field(state, "FinishedAt"));
  details.exit_code = to_int(integer_field(state, "ExitCode"));
  details.pid = integer_field(state, "Pid");
  details.error = text_field(state, "Error");
  add_ports(details.ports, object_field(object_field(&value, "HostConfig"), "PortBindings"));
  add_ports(details.ports, object_field(object_field(&value, "NetworkSettings"), "Ports"));
  details.volume_mounts = volume_mounts_from(array_field(&value, "Mounts"));
  return details;
}

ObservedVolume volume_from(const Json& value) {
  ObservedVolume volume{.name = text_field(&value, "Name"),
                        .labels = labels_field(&value, "Labels"),
                        .created = parse_rfc3339(text_field(&value, "CreatedAt")).value_or(Timestamp{}),
                        .mount_point = text_field(&value, "Mountpoint")};
  if (volume.name.empty()) throw answer_rubbish("describes a volume without a name");
  return volume;
}

ImageDetails image_from(const Json& value) {
  ImageDetails image;
  image.id = text_field(&value, "Id");
  if (image.id.empty()) throw answer_rubbish("describes an image without an id");
  if (const Json* tags = array_field(&value, "RepoTags")) {
    for (const Json& tag : *tags) {
      if (tag.is_string()) image.tags.push_back(tag.get<std::string>());
    }
  }
  const Json* config = object_field(&value, "Config");
  image.labels = labels_field(config, "Labels");
  if (const Json* entrypoint = array_field(config, "Entrypoint")) {
    for (const Json& word : *entrypoint) {
      if (word.is_string()) image.entrypoint.push_back(word.get<std::string>());
    }
  }
  image.size_bytes = integer_field(&value, "Size");
  image.created = parse_rfc3339(text_field(&value, "Created")).value_or(Timestamp{});
  image.parent = text_field(&value, "Parent");
  if (const Json* ports = object_field(config, "ExposedPorts")) {
    for (const auto& [port, ignored] : ports->items()) image.exposed_ports.push_back(port);
  }
  return image;
}

ImageDetails image_from_entry(const Json& entry) {
  ImageDetails image = image_from(entry);
  // Images without a tag have this one in a listing.
  std::erase(image.tags, "<none>:<none>");
  image.labels = labels_field(&entry, "Labels");
  image.created = from_unix_seconds(integer_field(&entry, "Created"));
  image.parent = text_field(&entry, "ParentId");
  return image;
}

ObservedNetwork network_from(const Json& value) {
  ObservedNetwork network{.id = text_field(&value, "Id"),
                          .name = text_field(&value, "Name"),
                          .labels = labels_field(&value, "Labels"),
                          .driver = text_field(&value, "Driver")};
  if (network.id.empty()) throw answer_rubbish("describes a network without an id");
  if (const Json* members = object_field(&value, "Containers")) {
    for (const auto& [id, member] : members->items()) network.members.push_back(text_field(&member, "Name"));
  }
  return network;
}

DiskUsage disk_usage_from(const Json& value) {
  DiskUsage usage;
  usage.layers_bytes = integer_field(&value, "LayersSize");
  const auto each = [&](const char* name, const auto& note) {
    if (const Json* list = array_field(&value, name)) {
      for (const Json& entry : *list) note(entry);
    }
  };
  // The engine says -1 where it did not look.
  each("Containers", [&](const Json& entry) {
    if (const auto size = integer_field(&entry, "SizeRw", 0); size >= 0) {
      usage.containers[{text_field(&entry, "Id")}] = size;
    }
  });
  each("Volumes", [&](const Json& entry) {
    if (const auto size = integer_field(object_field(&entry, "UsageData"), "Size", -1); size >= 0) {
      usage.volumes[text_field(&entry, "Name")] = size;
    }
  });
  each("Images", [&](const Json& entry) {
    if (const auto size = integer_field(&entry, "SharedSize", -1); size >= 0) {
      usage.images_shared[text_field(&entry, "Id")] = size;
    }
  });
  return usage;
}

std::optional<Statistics> statistics_from(const Json& value) {
  const Json* memory = object_field(&value, "memory_stats");
  if (field(memory, "usage") == nullptr) return std::nullopt;
  const Json* detail = object_field(memory, "stats");
  // cgroup v1 and v2 call the page cache that can be dropped by different names.
  const std::int64_t cache =
      integer_field(detail, "total_inactive_file", integer_field(detail, "inactive_file"));
  const std::int64_t usage = integer_field(memory, "usage");
  return Statistics{
      .memory_bytes = cache >= 0 && cache <= usage ? usage - cache : usage,
      .memory_limit_bytes = integer_field(memory, "limit"),
      .cpu_nanoseconds =
          integer_field(object_field(object_field(&value, "cpu_stats"), "cpu_usage"), "total_usage"),
  };
}

std::string engine_message(std::string_view body) {
  const Json value = parse_json(body);
  std::string message = text_field(&value, "message");
  if (message.empty() && !value.is_object()) message = trim(body);
  if (message.size() > max_message_bytes) message.resize(max_message_bytes);
  return escape_for_terminal(message);
}

}  // namespace cai
