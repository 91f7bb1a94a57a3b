#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cai {

/// What the user typed, understood: plain data, checked against the command table, values not yet
/// interpreted.
struct Invocation {
  std::string command;     ///< name in the table, never an alias
  std::string subcommand;  ///< "" where the command has none
  std::map<std::string, std::vector<std::string>, std::less<>> options;  ///< long name -> values, none empty
  std::set<std::string, std::less<>> flags;                              ///< long names of flags given
  std::vector<std::string> positionals;
  std::vector<std::string> inner_command;  ///< the words after the first `--`, byte for byte
  bool has_inner_command = false;

  [[nodiscard]] bool flag(std::string_view name) const { return flags.contains(name); }
  /// The value of an option that may be given once; nullopt when it was not.
  [[nodiscard]] std::optional<std::string> option(std::string_view name) const;
  /// All values of a repeatable option, in order.
  [[nodiscard]] std::vector<std::string> values(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> positional(std::size_t index) const;
};

/// Understands argv without its first word. `working_directory` decides whether the first word is a
/// directory. Asking for help or the version in any form gives the command `help` (positionals: the words to
/// explain) or `version`. Throws Error(usage).
Invocation parse_invocation(const std::vector<std::string>& words,
                            const std::filesystem::path& working_directory);

}  // namespace cai
