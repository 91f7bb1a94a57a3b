#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "cai/base/filesystem.hpp"

namespace cai {

/// A file that appears under its name only when it is whole: until then it has no name at all, or, where the
/// file system cannot do that, a hidden one beside the target that goes with the object. A former file of
/// that name stays as it is until it is replaced at once. Mode 0600. Throws Error(failed).
class ArchiveFile {
 public:
  /// Throws Error(refused) when the target is something else than a regular file.
  explicit ArchiveFile(const std::filesystem::path& target);
  ArchiveFile(const ArchiveFile&) = delete;
  ArchiveFile& operator=(const ArchiveFile&) = delete;
  ~ArchiveFile();

  void write(std::string_view bytes);
  /// Empties the file, to begin again.
  void restart();
  /// Brings the content to the disk.
  void flush();
  /// Gives the file its name.
  void publish();
  /// For reading back.
  [[nodiscard]] int descriptor() const { return file_.get(); }

 private:
  void start_writeback();

  std::filesystem::path target_;
  UniqueFd directory_;
  UniqueFd file_;
  std::string hidden_name_;  ///< empty: no name yet
  std::int64_t written_ = 0;
  std::int64_t handed_over_ = 0;  ///< of these, what the kernel was told to bring to the disk
};

/// A file without a name in `directory`: space for what is too large for memory.
UniqueFd make_nameless_file(const std::filesystem::path& directory);

}  // namespace cai
