#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cai/base/filesystem.hpp"

namespace cai {

/// A file or directory of the host as a tar that comes piece by piece: POSIX ustar with pax headers for long
/// names and sizes. Links are kept as links, special files are left out. The tree may change while it is
/// read: a file that shrinks is filled up with zeroes, one that grows is cut.
class TarWriter {
 public:
  /// `name`: what the root is called in the archive. All entries belong to uid:gid.
  TarWriter(const std::filesystem::path& source, const std::string& name, uid_t uid, gid_t gid);
  /// Empty: the end. Valid until the next call. Throws Error(failed).
  std::string_view next();
  [[nodiscard]] std::size_t entries() const { return entries_.size(); }

 private:
  struct Entry {
    std::filesystem::path path;
    std::string name;
  };
  void begin(const Entry& entry);

  std::vector<Entry> entries_;
  uid_t uid_;
  gid_t gid_;
  std::size_t at_ = 0;
  UniqueFd file_;
  std::uint64_t left_ = 0;
  std::uint64_t padding_ = 0;
  bool ended_ = false;
  std::string buffer_;
};

/// Unpacks a tar from a box below an open directory. Nothing is ever written outside it: every component is
/// opened without following links, names with ".." are refused, devices and FIFOs are left out, existing
/// links are replaced and not followed.
class TarReader {
 public:
  /// `destination` is what the archive's first component becomes: it is made, or (a directory) merged into.
  explicit TarReader(std::filesystem::path destination) : destination_(std::move(destination)) {}
  void feed(std::string_view bytes);
  /// Throws Error(failed) when the archive is not complete.
  void finish();
  [[nodiscard]] std::size_t files() const { return files_; }
  [[nodiscard]] const std::vector<std::string>& left_out() const { return left_out_; }

 private:
  void header(std::string_view block);
  void content(std::string_view bytes);
  void entry(char type, std::string name, std::string link, mode_t mode);
  void apply_extended();
  UniqueFd open_parent(const std::vector<std::string>& parts);

  std::filesystem::path destination_;
  std::string pending_;
  std::string extended_;
  std::string long_name_;
  std::string long_link_;
  std::string real_size_;
  UniqueFd file_;
  mode_t mode_ = 0644;
  std::uint64_t left_ = 0;
  std::uint64_t skip_ = 0;
  char collecting_ = 0;
  int zero_blocks_ = 0;
  std::size_t files_ = 0;
  std::vector<std::string> left_out_;
};

}  // namespace cai
