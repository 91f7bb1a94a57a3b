#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cai {

/// The rules of a .dockerignore file: one pattern a line, the last one that matches a path or one of its
/// parents decides. `!` makes an exception, `*` and `?` stay within one name, `[a-z]` is one of these bytes,
/// `**` spans directories.
class IgnoreRules {
 public:
  explicit IgnoreRules(std::string_view text);

  /// `path` is relative, '/' separated.
  [[nodiscard]] bool ignores(std::string_view path) const;
  /// With exceptions, an ignored directory may still hold files that are wanted.
  [[nodiscard]] bool has_exceptions() const { return has_exceptions_; }

 private:
  struct Rule {
    std::vector<std::string> names;  ///< the pattern, split at '/'
    bool exception = false;
  };
  std::vector<Rule> rules_;
  bool has_exceptions_ = false;
};

}  // namespace cai
