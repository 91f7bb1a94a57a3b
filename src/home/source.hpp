#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string>

#include "cai/base/filesystem.hpp"

namespace cai {

/// A directory that files are taken from, and nothing outside of it. Every object is opened without touching
/// it, judged by where it really is, and only then read: what is behind a path may change meanwhile.
class HomeSource {
 public:
  /// Throws Error(not_found, failed).
  explicit HomeSource(const std::filesystem::path& directory);

  enum class Links { stay, follow };
  /// A handle that reads nothing (O_PATH), or an invalid one with errno.
  [[nodiscard]] UniqueFd handle(const std::string& path, Links links) const;
  /// Where the object really is, relative to the source; nullopt: outside.
  [[nodiscard]] std::optional<std::string> place_of(const UniqueFd& handle) const;
  /// Opens what the handle stands for.
  static UniqueFd reopen(const UniqueFd& handle, int flags);

  [[nodiscard]] std::filesystem::path path_of(const std::string& path) const { return directory_ / path; }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

 private:
  std::filesystem::path directory_;
  std::string real_;  ///< canonical, with a slash at the end
};

/// A file of the source, opened for reading: whatever has happened since it was scanned, it is a regular file
/// within the source. `why` says why not.
UniqueFd open_home_file(const HomeSource& source, const std::string& path, std::string& why);

/// "a/./b/../c" -> "a/c"; nullopt when it leads above the top. Nothing is looked up.
std::optional<std::string> plain_relative_path(std::string_view path);

}  // namespace cai
