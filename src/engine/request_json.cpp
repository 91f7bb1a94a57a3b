#include "engine/request_json.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "cai/json/json.hpp"

namespace cai {
namespace {

void require_utf8(const std::string& text) {
  if (is_utf8(text)) return;
  throw Error(ErrorKind::failed,
              fmt::format("\"{}\" is not UTF-8, and a container engine accepts nothing else",
                          escape_for_terminal(text)));
}

/// `value` was built by us, so its depth is known and small.
void require_utf8(const Json& value) {
  if (value.is_string()) require_utf8(value.get_ref<const std::string&>());
  if (!value.is_structured()) return;
  for (const auto& [key, child] : value.items()) {
    if (value.is_object()) require_utf8(key);
    require_utf8(child);
  }
}

std::string checked_text(const Json& value) {
  require_utf8(value);
  return dump_json(value);
}

template <typename Map>
Json map_to_json(const Map& map) {
  Json object = Json::object();
  for (const auto& [key, value] : map) object[key] = value;
  return object;
}

/// A mount with a missing bind source is refused; `Binds` would silently make a directory of root's instead.
Json mounts_to_json(const std::vector<MountRequest>& mounts) {
  Json list = Json::array();
  for (const MountRequest& mount : mounts) {
    const bool bind = mount.type == MountRequest::Type::bind;
    Json entry = {{"Type", bind ? "bind" : "volume"}, {"Source", mount.source}, {"Target", mount.target}};
    entry["ReadOnly"] = mount.read_only;
    if (bind) entry["BindOptions"] = {{"Propagation", "private"}};
    list.push_back(std::move(entry));
  }
  return list;
}

/// "2222/tcp" -> its host ports; one port inside may have several.
std::map<std::string, std::vector<int>> ports_of(const ContainerRequest& request) {
  std::map<std::string, std::vector<int>> ports;
  for (const auto& [inside, port] : request.loopback_ports) ports[inside].push_back(port);
  for (const PortRequest& each : request.ports) {
    ports[fmt::format("{}/{}", each.inside, each.protocol)].push_back(each.host);
  }
  return ports;
}

Json port_bindings_to_json(const ContainerRequest& request) {
  Json bindings = Json::object();
  for (const auto& [inside, hosts] : ports_of(request)) {
    Json list = Json::array();
    for (const int port : hosts) {
      list.push_back({{"HostIp", "127.0.0.1"}, {"HostPort", port == 0 ? "" : std::to_string(port)}});
    }
    bindings[inside] = std::move(list);
  }
  return bindings;
}

void add_limits(Json& host, const ContainerRequest& request) {
  if (request.memory_bytes > 0) {
    host["Memory"] = request.memory_bytes;
    host["MemorySwap"] = request.memory_bytes;  // equal: no swap on top
  }
  if (request.nano_cpus > 0) host["NanoCpus"] = request.nano_cpus;
  if (request.pids_limit > 0) host["PidsLimit"] = request.pids_limit;
  if (request.open_files > 0) {
    Json limit = {{"Name", "nofile"}, {"Soft", request.open_files}, {"Hard", request.open_files}};
    host["Ulimits"] = Json::array({std::move(limit)});
  }
}

Json host_config(const ContainerRequest& request, bool podman) {
  Json host = Json::object();
  host["NetworkMode"] = request.network.empty() ? "default" : request.network;
  host["Mounts"] = mounts_to_json(request.mounts);
  host["PortBindings"] = port_bindings_to_json(request);
  if (!request.temporary_file_systems.empty()) host["Tmpfs"] = map_to_json(request.temporary_file_systems);
  if (request.drop_all_capabilities) host["CapDrop"] = Json::array({"ALL"});
  if (!request.added_capabilities.empty()) host["CapAdd"] = request.added_capabilities;
  if (request.no_new_privileges) host["SecurityOpt"] = Json::array({"no-new-privileges"});
  add_limits(host, request);
  host["ReadonlyRootfs"] = request.read_only_root;
  host["Init"] = request.engine_init;
  if (request.all_gpus) {
    Json gpus = {{"Driver", ""}, {"Count", -1}, {"Capabilities", Json::array({Json::array({"gpu"})})}};
    host["DeviceRequests"] = Json::array({std::move(gpus)});
  }
  if (!request.runtime.empty()) host["Runtime"] = request.runtime;
  if (!podman) {
    host["LogConfig"] = {{"Type", "json-file"}, {"Config", {{"max-size", "10m"}, {"max-file", "3"}}}};
  }
  return host;
}

}  // namespace

std::string container_body(const ContainerRequest& request, bool podman) {
  Json body = Json::object();
  body["Image"] = request.image;
  if (!request.hostname.empty()) body["Hostname"] = request.hostname;
  if (!request.user.empty()) body["User"] = request.user;
  if (!request.command.empty()) body["Cmd"] = request.command;
  if (!request.entrypoint.empty()) body["Entrypoint"] = request.entrypoint;
  if (!request.environment.empty()) body["Env"] = request.environment;
  if (!request.working_directory.empty()) body["WorkingDir"] = request.working_directory;
  if (!request.stop_signal.empty()) body["StopSignal"] = request.stop_signal;
  if (request.terminal) body["Tty"] = true;
  if (request.open_input) {
    body["OpenStdin"] = true;
    body["StdinOnce"] = true;
  }
  body["Labels"] = map_to_json(request.labels);
  Json exposed = Json::object();
  for (const auto& [inside, hosts] : ports_of(request)) exposed[inside] = Json::object();
  body["ExposedPorts"] = std::move(exposed);
  body["HostConfig"] = host_config(request, podman);
  return checked_text(body);
}

std::string exec_body(const ExecRequest& request, bool with_input) {
  Json body = Json::object();
  body["AttachStdin"] = with_input;
  body["AttachStdout"] = true;
  body["AttachStderr"] = true;
  body["Tty"] = false;
  body["Cmd"] = request.command;
  if (!request.environment.empty()) body["Env"] = request.environment;
  if (!request.user.empty()) body["User"] = request.user;
  if (!request.working_directory.empty()) body["WorkingDir"] = request.working_directory;
  return checked_text(body);
}

std::string volume_body(const std::string& name, const Labels& labels) {
  return checked_text(Json{{"Name", name}, {"Driver", "local"}, {"Labels", map_to_json(labels)}});
}

std::string network_body(const std::string& name, const Labels& labels) {
  return checked_text(
      Json{{"Name", name}, {"CheckDuplicate", true}, {"Driver", "bridge"}, {"Labels", map_to_json(labels)}});
}

std::string labels_text(const Labels& labels) {
  return checked_text(map_to_json(labels));
}

std::string arguments_text(const std::map<std::string, std::string>& arguments) {
  return checked_text(map_to_json(arguments));
}

std::string filter_text(const ContainerFilter& filter) {
  Json value = Json::object();
  if (!filter.labels.empty()) {
    Json labels = Json::array();
    for (const auto& [key, wanted] : filter.labels)
      labels.push_back(wanted.empty() ? key : key + '=' + wanted);
    value["label"] = std::move(labels);
  }
  // Engines refuse state words they do not know; only these are common. The caller filters again anyway.
  const auto is_common = [](ContainerState state) {
    return state == ContainerState::created || state == ContainerState::running ||
           state == ContainerState::paused || state == ContainerState::exited;
  };
  if (!filter.states.empty() && std::all_of(filter.states.begin(), filter.states.end(), is_common)) {
    Json states = Json::array();
    for (const ContainerState state : filter.states) states.push_back(std::string(to_string(state)));
    value["status"] = std::move(states);
  }
  return value.empty() ? std::string() : checked_text(value);
}

}  // namespace cai
