#pragma once

#include <optional>
#include <string>

#include "cai/base/environment.hpp"
#include "cai/engine/endpoint.hpp"

namespace cai {

/// Where engines of the whole machine listen; tests put them elsewhere.
struct SystemSockets {
  std::string docker = "/var/run/docker.sock";
  std::string podman = "/run/podman/podman.sock";
};

Endpoint choose_endpoint(const Environment& environment, const std::optional<std::string>& wanted_context,
                         const SystemSockets& sockets);

}  // namespace cai
