#include "cli/help.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "cli/command_table.hpp"
#include "cli/table.hpp"

namespace cai {
namespace {

constexpr std::size_t line_width = 90;

struct GroupTitle {
  CommandGroup group;
  std::string_view title;
};
constexpr auto group_titles = std::to_array<GroupTitle>({{CommandGroup::everyday, "Everyday"},
                                                         {CommandGroup::look, "Look"},
                                                         {CommandGroup::clean_up, "Clean up"},
                                                         {CommandGroup::more, "More"}});

/// Breaks text at spaces; lines after the first start with `indent` spaces, as the caller has begun the first
/// one.
std::string wrap(std::string_view text, std::size_t indent) {
  std::string wrapped;
  std::size_t column = indent;
  for (const std::string& word : split(text, ' ')) {
    if (column > indent && column + 1 + word.size() > line_width) {
      wrapped.append("\n").append(indent, ' ');
      column = indent;
    } else if (column > indent) {
      wrapped += ' ';
      ++column;
    }
    wrapped += word;
    column += word.size();
  }
  return wrapped;
}

/// A line of two columns.
struct Entry {
  std::string left;
  std::string right;
};

using Entries = std::vector<Entry>;

std::size_t left_width(const Entries& entries, std::size_t at_least = 0) {
  for (const Entry& entry : entries) at_least = std::max(at_least, display_width(entry.left));
  return at_least;
}

/// Indented by two, the right column wrapped.
std::string two_columns(const Entries& entries, std::size_t width) {
  std::string text;
  for (const Entry& entry : entries) {
    text += fmt::format("  {:<{}}  {}\n", entry.left, width, wrap(entry.right, width + 4));
  }
  return text;
}

/// "-e, --env K=V", "    --fresh, --restart".
std::string option_names(const OptionSpec& option) {
  std::string names = option.short_name != 0 ? fmt::format("-{}, ", option.short_name) : "    ";
  names += fmt::format("--{}", option.name);
  if (!option.other_name.empty()) names += fmt::format(", --{}", option.other_name);
  if (option.takes_value()) names += fmt::format(" {}", option.placeholder);
  return names;
}

std::string option_help(const OptionSpec& option) {
  std::string help(option.help);
  if (option.repeatable) help += "; may be repeated";
  if (!option.excludes.empty()) help += fmt::format("; not with --{}", option.excludes);
  return help;
}

Entries option_entries(std::span<const OptionSpec> options) {
  Entries entries;
  for (const OptionSpec& option : options) entries.push_back({option_names(option), option_help(option)});
  return entries;
}

std::string global_options_text(std::size_t width) {
  return fmt::format("\nOptions of every command\n{}", two_columns(option_entries(global_options()), width));
}

std::string overview() {
  std::string text =
      "cai puts you and your agents inside this repository and branch's own container.\n\n"
      "Usage: cai [options] [PATH] [-- CMD...]\n"
      "       cai COMMAND [options] ...\n";
  std::map<CommandGroup, Entries> groups;
  std::size_t width = 0;
  for (const CommandSpec& command : command_table()) {
    Entries& entries = groups[command.group];
    entries.push_back({short_usage(command), std::string(command.summary)});
    width = left_width(entries, width);
  }
  for (const GroupTitle& group : group_titles) {
    text += fmt::format("\n{}\n{}", group.title, two_columns(groups[group.group], width));
  }
  return text + global_options_text(width) + "\n`cai help COMMAND` tells more about one of them.\n";
}

std::string command_help(const CommandSpec& command) {
  std::string text = fmt::format("Usage: {}\n\n{}.\n", usage_line(command), wrap(command.summary, 0));
  if (!command.details.empty()) text += fmt::format("\n{}\n", wrap(command.details, 0));
  if (!command.aliases.empty()) {
    const std::vector<std::string> aliases(command.aliases.begin(), command.aliases.end());
    text += fmt::format("\nAlso written: {}\n", join(aliases, ", "));
  }
  const Entries own = option_entries(command.options);
  const std::size_t width = left_width(own, left_width(option_entries(global_options())));
  if (!own.empty()) text += fmt::format("\nOptions\n{}", two_columns(own, width));
  text += global_options_text(width);
  if (!command.examples.empty()) text += "\nExamples\n";
  for (const std::string_view example : command.examples) text += fmt::format("  {}\n", example);
  return text;
}

Error no_such_command(const std::vector<std::string>& words) {
  Error error(ErrorKind::usage,
              fmt::format("no command '{}' to explain", escape_for_terminal(join(words, " "))));
  if (const auto near = did_you_mean(words.front(), command_words())) {
    error.hint(fmt::format("did you mean '{}'?", *near));
  }
  return error.hint("see `cai help`");
}

/// A cell of a Markdown table.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char letter : text) escaped += letter == '|' ? std::string("\\|") : std::string(1, letter);
  return escaped;
}

std::string options_markdown(std::span<const OptionSpec> options) {
  std::string text = "| Option | Meaning |\n|---|---|\n";
  for (const OptionSpec& option : options) {
    const std::string names = option_names(option);
    text += fmt::format("| `{}` | {} |\n", cell(trim(names)), cell(option_help(option)));
  }
  return text;
}

std::string command_markdown(const CommandSpec& command) {
  std::string text = fmt::format("### cai {}\n\n{}.\n\n```\n{}\n```\n", full_name(command), command.summary,
                                 usage_line(command));
  if (!command.details.empty()) text += fmt::format("\n{}\n", command.details);
  for (const std::string_view alias : command.aliases)
    text += fmt::format("\nAlso written `cai {}`.\n", alias);
  if (!command.options.empty()) text += fmt::format("\n{}", options_markdown(command.options));
  if (!command.examples.empty()) {
    text += "\nExamples:\n\n```\n";
    for (const std::string_view example : command.examples) text += fmt::format("{}\n", example);
    text += "```\n";
  }
  return text;
}

}  // namespace

std::string help_text(const std::vector<std::string>& words) {
  if (words.empty()) return overview();
  std::string text;
  for (const CommandSpec* row : find_command_rows(words.front())) {
    const bool asked = words.size() == 1 || (words.size() == 2 && words[1] == row->subcommand);
    if (!asked) continue;
    if (!text.empty()) text += '\n';
    text += command_help(*row);
  }
  if (text.empty()) throw no_such_command(words);
  return text;
}

std::string reference_markdown() {
  std::string text =
      "# Commands\n\n"
      "<!-- Made from src/cli/command_table.cpp; a test compares. Rewrite it with CAI_UPDATE_GOLDEN=1. "
      "-->\n\n"
      "Data goes to standard output, everything else to standard error. Exit codes are in "
      "[exit-codes.md](exit-codes.md).\n";
  for (const GroupTitle& group : group_titles) {
    text += fmt::format("\n## {}\n", group.title);
    for (const CommandSpec& command : command_table()) {
      if (command.group == group.group) text += fmt::format("\n{}", command_markdown(command));
    }
  }
  return text + fmt::format("\n## Options of every command\n\n{}", options_markdown(global_options()));
}

}  // namespace cai
