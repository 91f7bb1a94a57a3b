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

Json map_to_json(const std::map<std::string, std::string>& map) {
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

Json port_bindings_to_json(const std::map<std::string, int>& ports) {
  Json bindings = Json::object();
  for (const auto& [inside, port] : ports) {
    Json binding = {{"HostIp", "127.0.0.1"}, {"HostPort", std::to_string(port)}};
    bindings[inside] = Json::array({std::move(binding)});
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
  host["NetworkMode"] = "default";
  host["Mounts"] = mounts_to_json(request.mounts);
  host["PortBindings"] = port_bindings_to_json(request.loopback_ports);
  if (!request.temporary_file_systems.empty()) host["Tmpfs"] = map_to_json(request.temporary_file_systems);
  if (request.drop_all_capabilities) host["CapDrop"] = Json::array({"ALL"});
  if (!request.added_capabilities.empty()) host["CapAdd"] = request.added_capabilities;
  if (request.no_new_privileges) host["SecurityOpt"] = Json::array({"no-new-privileges"});
  add_limits(host, request);
  host["ReadonlyRootfs"] = request.read_only_root;
  host["Init"] = request.engine_init;
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
  body["Labels"] = map_to_json(request.labels);
  Json exposed = Json::object();
  for (const auto& [inside, port] : request.loopback_ports) exposed[inside] = Json::object();
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

std::string labels_text(const std::map<std::string, std::string>& labels) {
  return checked_text(map_to_json(labels));
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
