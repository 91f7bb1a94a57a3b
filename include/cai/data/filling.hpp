#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "cai/data/transfer_mark.hpp"
#include "cai/engine/engine.hpp"

namespace cai {

/// A new volume while it is filled. A mark names it until it is in service: what a killed import leaves can
/// be told from every volume that somebody needs.
class FillingVolume {
 public:
  /// `directory`: of the marks. `labels` go on the volume, with a nonce of its own. Throws Error(failed)
  /// when there is such a volume already.
  FillingVolume(Engine& engine, const std::filesystem::path& directory, const std::string& volume,
                Labels labels);
  FillingVolume(const FillingVolume&) = delete;
  FillingVolume& operator=(const FillingVolume&) = delete;
  /// Removes the volume unless it is in service.
  ~FillingVolume();

  [[nodiscard]] const std::string& nonce() const { return nonce_; }
  /// The store knows the volume now.
  void in_service();

 private:
  Engine& engine_;
  std::string volume_;
  std::string nonce_;
  TransferMark mark_;
  bool made_ = false;
};

/// Removes volumes that killed imports left half filled. `is_in_service`: whether the store knows the volume
/// as one that a workspace has or had. Returns the names of what was removed.
std::vector<std::string> remove_half_filled(Engine& engine, const std::filesystem::path& directory,
                                            const std::function<bool(const std::string&)>& is_in_service);

}  // namespace cai
