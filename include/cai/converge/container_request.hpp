#pragma once

#include "cai/engine/engine.hpp"
#include "cai/model/workspace.hpp"

namespace cai {

/// Pure: the engine request that makes the wanted container. `host_memory_bytes` gives the default limit; `operation`
/// goes into a label.
ContainerRequest make_container_request(const Desired& desired, std::int64_t host_memory_bytes,
                                        const std::string& operation);
/// Labels of the workspace's volume.
Labels volume_labels(const Desired& desired);

}  // namespace cai
