#pragma once

#include <optional>
#include <string>

#include "cai/data/tar.hpp"

namespace cai {

/// Where the entries of an archive of another kind go in a data volume. What it answers is checked as any
/// archive is, so it cannot lead out of the volume.
class ArchiveLayout {
 public:
  virtual ~ArchiveLayout() = default;
  /// The entry as it shall lie in the volume; nullopt: it has no use there.
  [[nodiscard]] virtual std::optional<TarEntry> place(TarEntry entry) const = 0;
  /// Whether the content of this file, which was placed already, has to be rewritten.
  [[nodiscard]] virtual bool rewrites(const TarEntry& placed) const = 0;
  [[nodiscard]] virtual std::string rewritten(std::string content) const = 0;
};

}  // namespace cai
