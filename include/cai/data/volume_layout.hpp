#pragma once

#include <string_view>

namespace cai {

// What lies where in a data volume; src/image/runtime/init makes it so.
inline constexpr std::string_view home_in_volume = "home";
inline constexpr std::string_view cache_in_volume = "home/.cache";     ///< can be made again: never exported
inline constexpr std::string_view lock_in_volume = ".containai.lock";  ///< held by the container's init
inline constexpr std::string_view import_in_volume =
    ".containai-import";  ///< where an import unpacks before its files get their names
/// The description of an export, the last entry of its archive.
inline constexpr std::string_view manifest_name = ".containai-export.json";
/// Where a workspace and a helper have the volume.
inline constexpr const char* volume_mount_point = "/mnt/agent-data";

}  // namespace cai
