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

/// `server`: the header of that name; nullopt: of neither Docker nor Podman.
std::optional<EngineProduct> product_from(std::string_view server, const std::string& api_version);
EngineInformation information_from(const Json& value, bool podman);
ContainerDetails container_from(const Json& value);
ObservedVolume volume_from(const Json& value);
ImageDetails image_from(const Json& value);
ImageDetails image_from_entry(const Json& entry);
ObservedNetwork network_from(const Json& value);
DiskUsage disk_usage_from(const Json& value);
/// nullopt: the engine has no figures, because the container does not run.
std::optional<Statistics> statistics_from(const Json& value);
/// The id under `name`.
std::string engine_id_from(const Json& value, const char* name);

/// The id itself, of a container or an exec: 64 lower-case hex digits.
std::string required_engine_id(std::string id);
/// Seconds since 1970; what no container can have been made at is cut to the nearest that fits.
Timestamp from_unix_seconds(std::int64_t seconds);

/// "message" of an error answer, or the answer itself when it is plain text; safe for a terminal.
std::string engine_message(std::string_view body);

}  // namespace cai
