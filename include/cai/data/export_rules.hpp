#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cai {

/// What an export leaves out. Paths are relative to the volume, without "./".
class ExportRules {
 public:
  /// A pattern is a glob (fnmatch(3), where `*` stops at a slash). With a slash in it, it is compared with
  /// whole paths from the volume's root, or from the home directory when it begins with "~/"; without one,
  /// with every component. What lies below something excluded is excluded.
  explicit ExportRules(const std::vector<std::string>& patterns, bool without_credentials = false);

  /// The cache of the home, the lock of the volume and what the patterns say.
  [[nodiscard]] bool excludes(const std::string& path) const;
  /// Logins and keys, if they are to be left out.
  [[nodiscard]] bool holds_back(std::string_view path) const;

 private:
  struct Pattern {
    std::string glob;
    bool whole_path = false;
  };
  std::vector<Pattern> patterns_;
  bool without_credentials_;
};

/// Files and directories of a home in which well-known tools keep logins and keys; relative to the home. A
/// slash at the end marks a directory.
const std::vector<std::string_view>& credential_paths();
/// True for these, and for what lies below such a directory. `path` is relative to the home.
bool is_credential(std::string_view path);

}  // namespace cai
