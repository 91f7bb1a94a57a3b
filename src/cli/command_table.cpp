#include "cli/command_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/command_rows/about.hpp"
#include "cli/command_rows/boxes.hpp"
#include "cli/command_rows/clean_up.hpp"
#include "cli/command_rows/everyday.hpp"
#include "cli/command_rows/look.hpp"
#include "cli/command_rows/settings.hpp"

namespace cai {
namespace {

using std::string_view;

constexpr auto global_table = std::to_array<OptionSpec>({
    {.name = "context", .placeholder = "C", .help = "Use the container engine of this Docker context"},
    {.name = "quiet", .short_name = 'q', .help = "Say nothing but errors"},
    {.name = "verbose", .help = "Tell every step, also when not on a terminal"},
    {.name = "help", .short_name = 'h', .help = "Show help for the command"},
    {.name = "version", .help = "Show the version"},
});

constexpr auto table =
    command_rows::joined(command_rows::everyday, command_rows::look, command_rows::clean_up,
                         command_rows::settings, command_rows::boxes, command_rows::about);

std::string usage_with(const CommandSpec& command, string_view options) {
  std::string text = "cai";
  if (command.name != default_command) text += fmt::format(" {}", full_name(command));
  text += options;
  for (const PositionalSpec& positional : command.positionals) {
    const auto word = fmt::format("{}{}", positional.placeholder, positional.repeatable ? "..." : "");
    text += positional.required ? fmt::format(" {}", word) : fmt::format(" [{}]", word);
  }
  if (command.inner_command == InnerCommand::required) text += " -- CMD...";
  if (command.inner_command == InnerCommand::optional) text += " [-- CMD...]";
  return text;
}

template <typename Matches>
const OptionSpec* find_anywhere(Matches matches) {
  for (const OptionSpec& option : global_table) {
    if (matches(option)) return &option;
  }
  for (const CommandSpec& command : table) {
    for (const OptionSpec& option : command.options) {
      if (matches(option)) return &option;
    }
  }
  return nullptr;
}

}  // namespace

std::span<const CommandSpec> command_table() {
  return table;
}
std::span<const OptionSpec> global_options() {
  return global_table;
}

std::vector<const CommandSpec*> find_command_rows(string_view word) {
  std::vector<const CommandSpec*> rows;
  for (const CommandSpec& row : table) {
    if (row.name == word || std::ranges::find(row.aliases, word) != row.aliases.end()) rows.push_back(&row);
  }
  return rows;
}

const CommandSpec* find_command(string_view name, string_view subcommand) {
  for (const CommandSpec& row : table) {
    if (row.name == name && row.subcommand == subcommand) return &row;
  }
  return nullptr;
}

std::vector<std::string> command_words() {
  std::vector<std::string> words;
  for (const CommandSpec& row : table) {
    if (words.empty() || words.back() != row.name) words.emplace_back(row.name);
    words.insert(words.end(), row.aliases.begin(), row.aliases.end());
  }
  return words;
}

const OptionSpec* find_option(string_view long_name) {
  return find_anywhere([&](const OptionSpec& option) { return option.has_name(long_name); });
}
const OptionSpec* find_option(char short_name) {
  return find_anywhere([&](const OptionSpec& option) { return option.short_name == short_name; });
}

std::vector<const OptionSpec*> options_of(const CommandSpec& command) {
  std::vector<const OptionSpec*> options;
  for (const OptionSpec& option : command.options) options.push_back(&option);
  for (const OptionSpec& option : global_table) options.push_back(&option);
  return options;
}

std::string usage_line(const CommandSpec& command) {
  return usage_with(command, " [options]");
}
std::string short_usage(const CommandSpec& command) {
  return usage_with(command, "");
}

std::string full_name(const CommandSpec& command) {
  std::string name(command.name);
  if (!command.subcommand.empty()) name += fmt::format(" {}", command.subcommand);
  return name;
}

}  // namespace cai
