#pragma once

#include "cai/base/environment.hpp"
#include "cai/home/difference.hpp"
#include "cai/model/ids.hpp"

namespace cai {

/// What imports gave each workspace's volume: `<state>/home/<workspace id>`, 0600, names and sizes only.
/// Losing one loses nothing: files that are inside already are recognised, and what differs there is kept.
class HomeRecords {
 public:
  explicit HomeRecords(const Paths& paths) : directory_(folder(paths)) {}
  static std::filesystem::path folder(const Paths& paths) { return paths.state / "home"; }

  /// An empty one when there is none, or when it is of another volume.
  [[nodiscard]] HomeRecord load(const WorkspaceId& id, const std::string& volume) const;
  void save(const WorkspaceId& id, const HomeRecord& record) const;
  void forget(const WorkspaceId& id) const;

 private:
  std::filesystem::path directory_;
};

}  // namespace cai
