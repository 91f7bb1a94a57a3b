#include "support/fake_json.hpp"

#include "cai/base/text.hpp"

namespace cai {
namespace {

constexpr const char* never = "0001-01-01T00:00:00Z";

std::string time_text(const std::optional<Timestamp>& time) {
  return time ? format_rfc3339(*time) : never;
}

Json map_json(const Labels& map) {
  Json json = Json::object();
  for (const auto& [key, value] : map) json[key] = value;
  return json;
}

}  // namespace

Json information_json(const EngineInformation& information) {
  Json runtimes = Json::object();
  for (const auto& name : information.runtimes) runtimes[name] = Json::object();
  return {{"ID", information.id.value},
          {"ServerVersion", information.product.version},
          {"CgroupVersion", information.cgroup_version},
          {"Runtimes", runtimes},
          {"MemTotal", information.memory_bytes},
          {"NCPU", information.processors},
          {"SecurityOptions", Json::array()}};
}

Json entry_json(const ObservedContainer& container) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(container.created.time_since_epoch());
  return {{"Id", container.id.value},     {"Names", Json::array({"/" + container.name})},
          {"Image", container.image},     {"ImageID", container.image_id},
          {"Created", seconds.count()},   {"Labels", map_json(container.labels)},
          {"State", container.state_text}};
}

Json container_json(const ContainerDetails& details) {
  const auto& container = details.container;
  Json ports = Json::object();
  for (const auto& [inside, port] : details.ports) {
    Json binding = {{"HostIp", "127.0.0.1"}, {"HostPort", std::to_string(port)}};
    ports[inside] = Json::array({std::move(binding)});
  }
  Json mounts = Json::array();
  for (const auto& [destination, volume] : details.volume_mounts) {
    mounts.push_back({{"Type", "volume"}, {"Name", volume}, {"Destination", destination}});
  }
  return {{"Id", container.id.value},
          {"Name", "/" + container.name},
          {"Image", container.image_id},
          {"Created", format_rfc3339(container.created)},
          {"State",
           {{"Status", container.state_text},
            {"Pid", details.pid},
            {"ExitCode", details.exit_code},
            {"Error", details.error},
            {"StartedAt", time_text(details.started)},
            {"FinishedAt", time_text(details.finished)}}},
          {"Config", {{"Image", container.image}, {"Labels", map_json(container.labels)}, {"Tty", false}}},
          {"HostConfig", {{"PortBindings", ports}}},
          {"Mounts", mounts}};
}

Json volume_json(const ObservedVolume& volume) {
  return {{"Name", volume.name},
          {"Driver", "local"},
          {"Labels", map_json(volume.labels)},
          {"Mountpoint", volume.mount_point}};
}

Json image_json(const ImageDetails& image) {
  return {{"Id", image.id},
          {"RepoTags", image.tags},
          {"Size", image.size_bytes},
          {"Config", {{"Labels", map_json(image.labels)}}}};
}

Json statistics_json(const std::optional<Statistics>& statistics) {
  if (!statistics) return {{"memory_stats", Json::object()}, {"cpu_stats", Json::object()}};
  return {{"memory_stats",
           {{"usage", statistics->memory_bytes},
            {"limit", statistics->memory_limit_bytes},
            {"stats", Json::object()}}},
          {"cpu_stats", {{"cpu_usage", {{"total_usage", statistics->cpu_nanoseconds}}}}}};
}

Labels labels_from(const Json& object) {
  Labels map;
  for (const auto& [key, value] : object.items()) map[key] = value.get<std::string>();
  return map;
}

ContainerFilter filter_from(const std::string& text) {
  ContainerFilter filter;
  if (text.empty()) return filter;
  const Json json = parse_json(text);
  for (const auto& label : json.value("label", Json::array())) {
    const auto word = label.get<std::string>();
    const auto equals = word.find('=');
    filter.labels[word.substr(0, equals)] = equals == std::string::npos ? "" : word.substr(equals + 1);
  }
  for (const auto& state : json.value("status", Json::array())) {
    filter.states.push_back(parse_container_state(state.get<std::string>()));
  }
  return filter;
}

ContainerRequest container_request_from(const Json& body) {
  const Json host = body.at("HostConfig");
  ContainerRequest request;
  request.image = body.at("Image").get<std::string>();
  request.user = body.value("User", "");
  request.labels = labels_from(body.at("Labels"));
  for (const auto& mount : host.at("Mounts")) {
    const bool bind = mount.at("Type") == "bind";
    request.mounts.push_back({bind ? MountRequest::Type::bind : MountRequest::Type::volume,
                              mount.at("Source").get<std::string>(), mount.at("Target").get<std::string>(),
                              mount.at("ReadOnly").get<bool>()});
  }
  for (const auto& [inside, bindings] : host.at("PortBindings").items()) {
    request.loopback_ports[inside] = std::stoi(bindings.at(0).at("HostPort").get<std::string>());
  }
  request.memory_bytes = host.value("Memory", std::int64_t{0});
  request.nano_cpus = host.value("NanoCpus", std::int64_t{0});
  request.read_only_root = host.value("ReadonlyRootfs", false);
  request.engine_init = host.value("Init", false);
  request.drop_all_capabilities = host.contains("CapDrop");
  request.no_new_privileges = host.contains("SecurityOpt");
  return request;
}

ExecRequest exec_request_from(const Json& body) {
  ExecRequest request;
  request.command = body.at("Cmd").get<std::vector<std::string>>();
  request.environment = body.value("Env", std::vector<std::string>());
  request.user = body.value("User", "");
  request.working_directory = body.value("WorkingDir", "");
  return request;
}

}  // namespace cai
