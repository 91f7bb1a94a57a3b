#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cai/base/filesystem.hpp"
#include "cai/data/tar_filter.hpp"

namespace cai {

/// A file or directory of the host as a tar that comes piece by piece. Links are kept as links and never
/// followed, special files are left out. The tree may change while it is read: a file that shrinks is filled
/// up with zeroes, one that grows is cut, and what became a link to elsewhere is an error.
class HostTreeArchive {
 public:
  /// `source` is canonical; `name`: what it is called in the archive. All entries belong to uid:gid. Throws
  /// Error(failed) for what cannot be listed.
  HostTreeArchive(const std::filesystem::path& source, const std::string& name, uid_t uid, gid_t gid);
  /// Empty: the end. Valid until the next call. Throws Error(failed).
  std::string_view next();

 private:
  void list(int directory, const std::vector<std::string>& parts);
  std::string begin(const std::vector<std::string>& parts);
  void read_content();

  UniqueFd above_;                                 ///< the directory that the source is in
  std::vector<std::vector<std::string>> entries_;  ///< paths below it, in components
  std::string name_;
  uid_t uid_;
  gid_t gid_;
  std::size_t at_ = 0;
  UniqueFd file_;
  std::int64_t left_ = 0;
  std::size_t padding_ = 0;
  bool ended_ = false;
  std::string buffer_;
};

/// Unpacks a tar from a box below a directory that stays open. Nothing is ever written outside it: every
/// component is opened without following links, names with ".." are refused, devices and FIFOs are left out,
/// existing links are replaced and not followed, and a hard link is made only to a file that this archive
/// brought.
///
/// libarchive's own unpacking (archive_write_disk) is not used: it checks a path for links and then opens it
/// by name, so a box with the same directory mounted could put a link between the two; and it pulls, while
/// the engine pushes.
class HostTreeUnpacker final : private TarFilter::Target {
 public:
  /// `destination` is what the archive's first component becomes: it is made, or (a directory) merged into.
  /// What is missing above it is made; what is there above it must be canonical. Throws Error(failed).
  explicit HostTreeUnpacker(std::filesystem::path destination);
  HostTreeUnpacker(const HostTreeUnpacker&) = delete;
  HostTreeUnpacker& operator=(const HostTreeUnpacker&) = delete;
  /// Throws Error(failed).
  void feed(std::string_view bytes) { filter_.feed(bytes); }
  /// Throws Error(failed) when the archive is not complete.
  void finish() const;
  [[nodiscard]] std::size_t files() const { return files_; }
  [[nodiscard]] const std::vector<std::string>& left_out() const { return left_out_; }

 private:
  bool begin(const TarEntry& entry) override;
  void raw(std::string_view /*bytes*/) override {}
  void content(std::string_view bytes) override;
  void end(const TarEntry& entry) override;

  [[nodiscard]] std::vector<std::string> parts_of(const std::string& path) const;
  [[nodiscard]] UniqueFd open_parent(const std::vector<std::string>& parts) const;
  void make_directory(const TarEntry& entry, int parent, const char* name) const;
  void make_file(const TarEntry& entry, int parent, const char* name);
  bool make_hard_link(const TarEntry& entry, int parent, const char* name);

  std::filesystem::path destination_;
  UniqueFd above_;  ///< the directory that it is in
  TarFilter filter_;
  UniqueFd file_;
  /// Files that were written, with their device and inode, for hard links to them.
  std::map<std::string, std::pair<dev_t, ino_t>> written_;
  std::size_t files_ = 0;
  std::vector<std::string> left_out_;
};

}  // namespace cai
