#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cai/base/environment.hpp"
#include "cai/engine/engine.hpp"

namespace cai {

/// Where an engine answers.
struct Endpoint {
  enum class Kind { unix_socket, tcp };
  Kind kind = Kind::unix_socket;
  std::string address;  ///< socket path, or "host:port"
  std::string context;  ///< name of the Docker context it came from, or ""
  std::string
      reason;  ///< why this one, as a phrase: "DOCKER_HOST", "context containai-docker", "default socket"

  /// "unix:///var/run/docker.sock": the key under which the store remembers what answers there.
  [[nodiscard]] std::string url() const;
};

/// PRODUCT.md 6: `wanted_context` (flag or engine.context), else DOCKER_HOST, else a context named
/// `containai-docker` if it exists and answers, else the current Docker context (DOCKER_CONTEXT, then
/// currentContext of $DOCKER_CONFIG/config.json), else /var/run/docker.sock if it exists, else the Podman
/// socket
/// ($XDG_RUNTIME_DIR/podman/podman.sock, /run/podman/podman.sock), else the default Docker socket.
/// Context metadata: $DOCKER_CONFIG/contexts/meta/<sha256 of name>/meta.json. Throws
/// Error(engine_unreachable) for a context that does not exist or an address kind that is not spoken (npipe,
/// ssh, TLS), saying what to do instead.
Endpoint choose_endpoint(const Environment& environment, const std::optional<std::string>& wanted_context);

/// The Docker contexts that have a file, sorted; "default" is always among them. Files that cannot be read
/// are left out: whoever chooses such a context is told why.
std::vector<std::string> context_names(const Environment& environment);

/// Reads "unix:///p", "tcp://h:p", "http://h:p" or a bare absolute path. Throws Error(engine_unreachable).
Endpoint parse_endpoint(const std::string& text);

struct DockerEngineOptions {
  /// API version that answered at this endpoint last time, "1.41"; empty: ask first (GET /_ping).
  std::string api_version;
  /// How long a question may take, instead of the ten seconds of Engine; not for changes.
  std::optional<std::chrono::milliseconds> answer_limit = std::nullopt;
};

/// The Docker Engine API over the endpoint. Nothing is connected until the first call; one connection is kept
/// open.
std::unique_ptr<Engine> make_docker_engine(const Endpoint& endpoint, const DockerEngineOptions& options = {});

}  // namespace cai
