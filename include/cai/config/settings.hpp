#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cai/base/environment.hpp"
#include "cai/model/specification.hpp"

namespace cai {

/// Where a value came from, in rising precedence.
enum class Source { built_in, user_file, repository_file, workspace, environment, flag };
std::string_view to_string(Source source);

/// One key that configuration knows. The table is the only list of keys: reader, `cai config list`,
/// documentation and schema/config.schema.json are checked against it.
struct SettingKey {
  std::string_view name;      ///< "container.memory"
  std::string_view type;      ///< string | size | number | integer | boolean | list
  std::string_view fallback;  ///< built-in value as text, may be empty
  std::string_view variable;  ///< environment variable, or ""
  bool repository_may_set;    ///< a repository's file is untrusted: only these keys are read from it
  std::string_view description;
};
const std::vector<SettingKey>& setting_keys();
/// The key of that name, or of which `name` is an alias. Throws Error(usage) with did-you-mean.
const SettingKey& known_key(std::string_view name);

struct SettingValue {
  std::string text;  ///< canonical text; a list is joined with commas
  Source source = Source::built_in;
  std::string origin;  ///< file path, variable name, or ""
};

/// All keys with their values and sources.
class Settings {
 public:
  /// The value's text; the key must exist in the table.
  [[nodiscard]] const SettingValue& get(std::string_view key) const;
  [[nodiscard]] std::string text(std::string_view key) const { return get(key).text; }
  [[nodiscard]] std::optional<std::string> optional_text(std::string_view key) const;  ///< nullopt when empty
  [[nodiscard]] std::optional<std::int64_t> size(std::string_view key) const;
  [[nodiscard]] std::optional<double> number(std::string_view key) const;
  [[nodiscard]] int integer(std::string_view key) const;
  [[nodiscard]] bool boolean(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> list(std::string_view key) const;

  /// Overrides one value (flags and remembered choices). Throws Error(usage) when the text is not of the
  /// key's type.
  void set(std::string_view key, std::string text, Source source, std::string origin);

  /// What a workspace already has, whatever the sources say: over all of them.
  void set_in_use(std::string_view key, std::string text, std::string workspace);

  using Values = std::map<std::string, SettingValue, std::less<>>;
  [[nodiscard]] const Values& all() const { return *values_; }

 private:
  /// The values for a change: no longer shared.
  Values& own_values();

  /// Copies share their values until one of them is changed: looking at a thousand workspaces copies
  /// thousands of times.
  std::shared_ptr<Values> values_ = std::make_shared<Values>();
};

/// The repository's file, if there is one, as bytes: its approval is by hash of exactly what is then read.
struct RepositoryFile {
  std::filesystem::path path;
  std::string content;
};
std::optional<RepositoryFile> read_repository_file(const std::filesystem::path& root);

/// Built-in values, then `user_file` (may not exist), then `repository` (when given: already approved), then
/// environment variables. Throws Error(usage) naming file, line and column for bad TOML, unknown keys (with
/// did-you-mean), wrong types and values out of range, and keys that a repository may not set; all problems
/// at once.
Settings load_settings(const std::filesystem::path& user_file,
                       const std::optional<RepositoryFile>& repository, const Environment& environment);

/// What a repository's file asks for, one "key = value" a line, for the question that approves it.
std::vector<std::string> describe_repository_file(const RepositoryFile& file);

}  // namespace cai
