#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cai/engine/engine.hpp"
#include "cai/json/json.hpp"

namespace cai {

// The one place where the engine's JSON becomes our types. Throws Error(engine_unreachable) when something we
// cannot do without is missing or malformed; everything else that is missing gets its empty value.

EngineInformation information_from(const Json& value, bool podman);
std::vector<ObservedContainer> containers_from(const Json& list);
ContainerDetails container_from(const Json& value);
ObservedVolume volume_from(const Json& value);
ImageDetails image_from(const Json& value);
ImageDetails image_from_entry(const Json& entry);
ObservedNetwork network_from(const Json& value);
DiskUsage disk_usage_from(const Json& value);
/// nullopt: the engine has no figures, because the container does not run.
std::optional<Statistics> statistics_from(const Json& value);
/// 64 lower-case hex digits under `name`, of a container or an exec.
std::string engine_id_from(const Json& value, const char* name);

/// "message" of an error answer, or the answer itself when it is plain text; safe for a terminal.
std::string engine_message(std::string_view body);

}  // namespace cai
