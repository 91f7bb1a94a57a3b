#pragma once

#include "cai/engine/engine.hpp"
#include "cai/model/workspace.hpp"

namespace cai {

/// What the host gives where the specification leaves it open.
struct HostLimits {
  std::int64_t memory_bytes = 0;  ///< of the engine's host; a container gets half of it by default
  std::int64_t open_files = 0;
};

/// Pure: the engine request that makes the wanted container. `operation` goes into a label.
ContainerRequest make_container_request(const Desired& desired, const HostLimits& host,
                                        const std::string& operation);
/// Labels of the workspace's volume.
Labels volume_labels(const Desired& desired);

}  // namespace cai
