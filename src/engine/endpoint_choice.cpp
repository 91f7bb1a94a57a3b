#include "engine/endpoint_choice.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "cai/base/error.hpp"
#include "cai/base/filesystem.hpp"
#include "cai/base/text.hpp"
#include "engine/fields.hpp"
#include "engine/http.hpp"

namespace cai {
namespace {

namespace fs = std::filesystem;

constexpr const char* isolated_context = "containai-docker";
constexpr std::chrono::milliseconds trial_limit = std::chrono::seconds(2);

std::optional<std::string> non_empty(const Environment& environment, const char* name) {
  auto value = environment.get(name);
  if (value && value->empty()) value.reset();
  return value;
}

bool is_there(const fs::path& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

/// Docker's configuration directory; empty when there is no home to look in.
fs::path docker_directory(const Environment& environment) {
  if (const auto directory = non_empty(environment, "DOCKER_CONFIG")) return *directory;
  try {
    return environment.home() / ".docker";
  } catch (const Error&) {
    return {};  // without a home there is no Docker configuration either; everything else still works
  }
}

Json read_json(const fs::path& path) {
  const auto content = read_file(path);
  Json value = content ? parse_json(*content) : Json();
  if (value.is_object()) return value;
  throw Error(ErrorKind::engine_unreachable,
              fmt::format("cannot read Docker's {}: not a JSON object", escape_for_terminal(path.string())))
      .hint("Repair or remove the file, or set DOCKER_HOST.");
}

/// The endpoint that a context names, or nullopt when there is no such context. Only its own file is touched.
std::optional<Endpoint> read_context(const fs::path& directory, const std::string& name) {
  const std::string key = sha256_hex(name);
  const fs::path file = directory / "contexts" / "meta" / key / "meta.json";
  if (directory.empty() || !is_there(file)) return std::nullopt;
  const Json value = read_json(file);
  const std::string host = text_field(object_field(object_field(&value, "Endpoints"), "docker"), "Host");
  if (text_field(&value, "Name") != name || host.empty()) {
    throw Error(ErrorKind::engine_unreachable,
                fmt::format("Docker context \"{}\" has no usable address", escape_for_terminal(name)))
        .hint("docker context inspect shows it; make it again, or set DOCKER_HOST.");
  }
  Endpoint endpoint = parse_endpoint(host);
  if (endpoint.kind == Endpoint::Kind::tcp && is_there(directory / "contexts" / "tls" / key)) {
    throw Error(
        ErrorKind::engine_unreachable,
        fmt::format("Docker context \"{}\" wants TLS, which is not spoken", escape_for_terminal(name)))
        .hint("Use the engine's unix socket, or forward it with ssh -L.");
  }
  endpoint.context = name;
  return endpoint;
}

Endpoint default_endpoint(const Environment& environment, const SystemSockets& sockets) {
  const auto at = [](std::string path, std::string reason) {
    return Endpoint{.kind = Endpoint::Kind::unix_socket,
                    .address = std::move(path),
                    .context = {},
                    .reason = std::move(reason)};
  };
  if (is_there(sockets.docker)) return at(sockets.docker, "default socket");
  if (const auto runtime = non_empty(environment, "XDG_RUNTIME_DIR")) {
    const fs::path socket = fs::path(*runtime) / "podman" / "podman.sock";
    if (is_there(socket)) return at(socket.string(), "Podman socket of this user");
  }
  if (is_there(sockets.podman)) return at(sockets.podman, "Podman socket");
  return at(sockets.docker, "default socket");
}

Endpoint named_context(const Environment& environment, const fs::path& directory, const std::string& name,
                       std::string reason, const SystemSockets& sockets) {
  // Docker's name for "no context": it has no file.
  if (name == "default") return default_endpoint(environment, sockets);
  auto endpoint = read_context(directory, name);
  if (!endpoint) {
    throw Error(ErrorKind::engine_unreachable,
                fmt::format("there is no Docker context \"{}\" ({})", escape_for_terminal(name), reason))
        .hint("docker context ls lists those that exist.");
  }
  endpoint->reason = std::move(reason);
  return *endpoint;
}

std::optional<Endpoint> isolated_engine(const fs::path& directory) {
  try {
    auto endpoint = read_context(directory, isolated_context);
    if (!endpoint) return std::nullopt;
    HttpClient client(*endpoint);
    if (client.call({.method = "GET", .target = "/_ping"}, {trial_limit}).status != 200) return std::nullopt;
    endpoint->reason = fmt::format("context {}", isolated_context);
    return endpoint;
  } catch (const Error& error) {
    // It was nobody's explicit wish: an engine that does not answer is passed over.
    if (error.kind() != ErrorKind::engine_unreachable) throw;
    return std::nullopt;
  }
}

Endpoint docker_host(const Environment& environment, const std::string& host) {
  Endpoint endpoint = parse_endpoint(host);
  if (endpoint.kind == Endpoint::Kind::tcp && non_empty(environment, "DOCKER_TLS_VERIFY")) {
    throw Error(ErrorKind::engine_unreachable, "DOCKER_TLS_VERIFY is set, but TLS is not spoken")
        .hint("Use the engine's unix socket, or forward it with ssh -L.");
  }
  endpoint.reason = "DOCKER_HOST";
  return endpoint;
}

}  // namespace

Endpoint choose_endpoint(const Environment& environment, const std::optional<std::string>& wanted_context,
                         const SystemSockets& sockets) {
  const fs::path directory = docker_directory(environment);
  if (wanted_context && !wanted_context->empty()) {
    return named_context(environment, directory, *wanted_context, fmt::format("context {}", *wanted_context),
                         sockets);
  }
  if (const auto host = non_empty(environment, "DOCKER_HOST")) return docker_host(environment, *host);
  if (const auto isolated = isolated_engine(directory)) return *isolated;
  if (const auto name = non_empty(environment, "DOCKER_CONTEXT")) {
    return named_context(environment, directory, *name, "DOCKER_CONTEXT", sockets);
  }
  const fs::path config = directory / "config.json";
  if (!directory.empty() && is_there(config)) {
    const Json value = read_json(config);
    const std::string current = text_field(&value, "currentContext");
    if (!current.empty()) {
      return named_context(environment, directory, current,
                           fmt::format("current context {}", escape_for_terminal(current)), sockets);
    }
  }
  return default_endpoint(environment, sockets);
}

Endpoint choose_endpoint(const Environment& environment, const std::optional<std::string>& wanted_context) {
  return choose_endpoint(environment, wanted_context, SystemSockets{});
}

std::vector<std::string> context_names(const Environment& environment) {
  std::vector<std::string> names = {"default"};
  const fs::path directory = docker_directory(environment);
  std::error_code ignored;  // no directory, no contexts
  if (directory.empty()) return names;
  for (const auto& entry : fs::directory_iterator(directory / "contexts" / "meta", ignored)) {
    try {
      const Json value = read_json(entry.path() / "meta.json");
      const std::string name = text_field(&value, "Name");
      if (!name.empty()) names.push_back(name);
    } catch (const Error&) {
      continue;
    }
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace cai
