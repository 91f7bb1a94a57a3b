#pragma once

#include <set>
#include <string>
#include <string_view>

#include "cai/data/archive_layout.hpp"

namespace cai {

/// An archive that the original ContainAI exported: the whole of its volume, where what a home holds lies in
/// directories without dots (`claude/settings.json`, `shell/zshrc`), and no word about who wrote it.
/// It is known by places that the original makes in each of its volumes, and each file goes to the place
/// below the home that it came from. What has no known place goes to `containai-import/` in the home.
class OriginalArchive : public ArchiveLayout {
 public:
  /// Every entry of the archive has to be shown, under its plain name, before the rest is asked.
  void see(const TarEntry& entry);
  /// Whether it is one: it has places of the original in several directories, and no `home` of ours.
  [[nodiscard]] bool is_recognised() const;
  /// What goes to `containai-import/`, without what lies below; the first hundred.
  [[nodiscard]] const std::set<std::string>& unknown() const { return unknown_; }

  /// Besides: files that the original keeps ready and nobody filled are left out, logins get mode 0600, and
  /// links to places of the original's volume and home lead to the same files here.
  [[nodiscard]] std::optional<TarEntry> place(TarEntry entry) const override;
  [[nodiscard]] bool rewrites(const TarEntry& placed) const override;
  [[nodiscard]] std::string rewritten(std::string content) const override;

 private:
  std::set<std::string_view> signs_;
  std::set<std::string> unknown_;
  bool has_home_ = false;
};

/// Below the home: what an archive of the original holds and nothing here knows.
inline constexpr std::string_view unknown_of_original = "containai-import";

/// docs/reference/import.md's table of places.
std::string original_places_markdown();

}  // namespace cai
