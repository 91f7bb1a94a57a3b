#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cai {

/// One option of a command. The same long or short name means the same, and takes a value or not, in every
/// command (a test proves it); the parser relies on that to find the command word among options.
struct OptionSpec {
  std::string_view name;           ///< long name without dashes; also the key in Invocation
  char short_name = 0;             ///< 0: none
  std::string_view placeholder{};  ///< what stands for the value in help; empty: a flag
  std::string_view help{};         ///< one sentence without a full stop
  std::string_view other_name{};   ///< a second long name that means the same
  std::string_view excludes{};     ///< the long name that may not be given together with this one
  bool repeatable = false;

  [[nodiscard]] bool takes_value() const { return !placeholder.empty(); }
  [[nodiscard]] bool has_name(std::string_view long_name) const {
    return name == long_name || (!other_name.empty() && other_name == long_name);
  }
};

struct PositionalSpec {
  std::string_view placeholder;
  bool required = false;
  bool repeatable = false;  ///< only the last one
};

/// Whether words after `--` are allowed: the command that runs inside.
enum class InnerCommand { none, optional, required };

/// Where the overview shows a command.
enum class CommandGroup { everyday, look, clean_up, more };

/// One row of the table. A command with subcommands has a row for each of them and none of its own.
struct CommandSpec {
  std::string_view name;
  std::string_view subcommand{};
  std::span<const std::string_view> aliases{};
  CommandGroup group = CommandGroup::more;
  std::string_view summary{};  ///< one line
  std::string_view details{};  ///< a paragraph for the command's own help, or empty
  std::span<const PositionalSpec> positionals{};
  InnerCommand inner_command = InnerCommand::none;
  std::span<const OptionSpec> options{};
  std::span<const std::string_view> examples{};
};

/// The command that is meant when no command is named.
inline constexpr std::string_view default_command = "attach";

/// Everything a user can type: parser, help and docs/reference/commands.md come from this table and nothing
/// else.
std::span<const CommandSpec> command_table();
/// Options that every command takes besides its own.
std::span<const OptionSpec> global_options();

/// The rows of a command, given by name or alias: none when unknown, several when it has subcommands.
std::vector<const CommandSpec*> find_command_rows(std::string_view word);
/// The row of `name` and `subcommand` ("" where there is none), or nullptr.
const CommandSpec* find_command(std::string_view name, std::string_view subcommand);
/// Names and aliases, each once, in the order of the table.
std::vector<std::string> command_words();

/// The option of this long (or short) name in any command, or nullptr: before the command is known, this
/// tells which words are values.
const OptionSpec* find_option(std::string_view long_name);
const OptionSpec* find_option(char short_name);

/// The options of the row, then the global ones.
std::vector<const OptionSpec*> options_of(const CommandSpec& command);

/// "cai exec [options] [N] -- CMD...".
std::string usage_line(const CommandSpec& command);
/// The same without "[options]": how the overview names a command.
std::string short_usage(const CommandSpec& command);
/// "status", "config get".
std::string full_name(const CommandSpec& command);

}  // namespace cai
