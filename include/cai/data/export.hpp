#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cai/data/block_writer.hpp"
#include "cai/data/export_rules.hpp"
#include "cai/engine/engine.hpp"

namespace cai {

/// What the manifest of an archive says of where it came from. Never a secret.
struct ExportDescription {
  std::string created_at;  ///< RFC 3339
  std::string workspace;
  std::string branch;
  std::string template_name;
  std::string volume;
  std::int64_t uid = 0;  ///< whom the files of the workspace's user belong to
  std::int64_t gid = 0;
  bool running = false;  ///< the workspace ran while it was read
  bool credentials = true;
  std::map<std::string, std::string> settings;
  std::vector<std::string> exclude;
};

struct ExportReport {
  std::int64_t entries = 0;
  std::int64_t bytes = 0;     ///< of content
  std::int64_t left_out = 0;  ///< by the rules
  /// Sockets have no place in a tar, and FIFOs and devices none in a home: left out.
  std::int64_t special_files = 0;
  std::int64_t credentials_left_out = 0;
};

struct ExportHooks {
  std::function<bool()> should_stop;                     ///< true ends the work with Error(interrupted)
  std::function<void(const ExportReport&)> on_progress;  ///< after each piece, many times a second
};

/// Reads the volume of a helper through the engine, leaves out what the rules say, and writes the rest and a
/// manifest to `writer` (unfinished: the caller finishes it). `scratch`: a directory with room for the list
/// of files. nullopt: a file became shorter while it was read, so that the engine ended early; what was
/// written is of no use, and the next attempt may succeed. Throws Error(failed, engine_unreachable,
/// interrupted).
std::optional<ExportReport> export_volume(Engine& engine, const ContainerId& helper, const ExportRules& rules,
                                          const ExportDescription& description,
                                          const std::filesystem::path& scratch, BlockWriter& writer,
                                          const ExportHooks& hooks);

}  // namespace cai
