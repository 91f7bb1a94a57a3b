#include "cli/invocation.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "cli/command_table.hpp"

namespace cai {
namespace {

using Words = std::vector<std::string>;

Error usage_error(std::string message) {
  return {ErrorKind::usage, std::move(message)};
}

std::string help_hint(const CommandSpec& command) {
  return fmt::format("see `cai help {}`", full_name(command));
}

bool looks_like_option(std::string_view word) {
  return word.size() > 1 && word.front() == '-';
}

Error missing_value(const OptionSpec& option) {
  return usage_error(
      fmt::format("--{} needs a value: --{} {}", option.name, option.name, option.placeholder));
}

/// The option whose value is the next word, or nullptr: `--name`, `-n`, or `-dn` with flags before.
const OptionSpec* option_awaiting_value(std::string_view word) {
  if (word.starts_with("--")) {
    const std::string_view name =
        word.substr(2, word.find('=') == word.npos ? word.npos : word.find('=') - 2);
    const OptionSpec* option = find_option(name);
    if (option == nullptr || !option->takes_value()) return nullptr;
    // The library would take the next word for the value.
    if (word.size() == name.size() + 3) throw missing_value(*option);
    return word.size() == name.size() + 2 ? option : nullptr;
  }
  for (const char& letter : word.substr(1)) {
    const OptionSpec* option = find_option(letter);
    if (option == nullptr) return nullptr;
    if (option->takes_value()) return &letter == &word.back() ? option : nullptr;
  }
  return nullptr;
}

/// Argv in three parts. Only `options` are shown to the library, so that it cannot give a meaning of its own
/// to the rest.
struct Sorted {
  Words options;
  Words positionals;
  Words inner_command;
  bool has_inner_command = false;
};

Sorted sort_words(const Words& words) {
  Sorted sorted;
  for (auto word = words.begin(); word != words.end(); ++word) {
    if (*word == "--") {
      sorted.has_inner_command = true;
      sorted.inner_command.assign(word + 1, words.end());
      break;
    }
    if (!looks_like_option(*word)) {
      sorted.positionals.push_back(*word);
      continue;
    }
    sorted.options.push_back(*word);
    if (const OptionSpec* option = option_awaiting_value(*word)) {
      const auto value = word + 1;
      const bool is_option =
          value != words.end() && value->starts_with("--") &&
          (value->size() == 2 || find_option(std::string_view(*value).substr(2)) != nullptr);
      if (value == words.end() || value->empty() || is_option) throw missing_value(*option);
      sorted.options.push_back(*value);
      word = value;
    }
  }
  return sorted;
}

/// What is shown of a wrong option: never the value, which may be a secret.
std::string option_name_only(const std::string& word) {
  if (word.starts_with("--")) return word.substr(0, word.find('='));
  return static_cast<unsigned char>(word[1]) < 0x80 ? word.substr(0, 2) : word;
}

Error unknown_option(const CommandSpec& command, const std::string& word) {
  const std::string name = option_name_only(word);
  Error error = usage_error(fmt::format("unknown option '{}'", escape_for_terminal(name)));
  Words candidates;
  for (const OptionSpec* option : options_of(command)) {
    candidates.push_back(fmt::format("--{}", option->name));
    if (!option->other_name.empty()) candidates.push_back(fmt::format("--{}", option->other_name));
  }
  const auto near = name.starts_with("--") ? did_you_mean(name, candidates) : std::nullopt;
  if (near) error.hint(fmt::format("did you mean '{}'?", *near));
  if (command.inner_command == InnerCommand::required) {
    error.hint("options of the command inside go after `--`, with the command: " + short_usage(command));
  }
  error.hint(help_hint(command));
  return error;
}

void check_exclusions(const CommandSpec& command, const Invocation& invocation) {
  const auto given = [&](std::string_view name) {
    return invocation.flags.contains(name) || invocation.options.contains(name);
  };
  for (const OptionSpec& option : command.options) {
    if (option.excludes.empty() || !given(option.name) || !given(option.excludes)) continue;
    throw usage_error(fmt::format("--{} and --{} exclude each other", option.name, option.excludes))
        .hint(help_hint(command));
  }
}

/// "-e,--env" as the library wants it.
std::string library_names(const OptionSpec& option) {
  std::string names = fmt::format("--{}", option.name);
  if (!option.other_name.empty()) names += fmt::format(",--{}", option.other_name);
  if (option.short_name != 0) names += fmt::format(",-{}", option.short_name);
  return names;
}

void take_result(const CommandSpec& command, const OptionSpec& spec, const CLI::Option& option,
                 Invocation& invocation) {
  if (option.count() == 0) return;
  if (!spec.takes_value()) {
    invocation.flags.emplace(spec.name);
    return;
  }
  const Words& values = option.results();
  if (values.size() > 1 && !spec.repeatable) {
    throw usage_error(fmt::format("--{} is given {} times; it takes one value", spec.name, values.size()))
        .hint(help_hint(command));
  }
  invocation.options.emplace(spec.name, values);
}

/// Builds the library's parser for this one command, which keeps the start fast, and reads the options with
/// it.
void parse_options(const CommandSpec& command, Words words, Invocation& invocation) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::vector<std::pair<const OptionSpec*, CLI::Option*>> options;
  for (const OptionSpec* spec : options_of(command)) {
    CLI::Option* option = spec->takes_value() ? app.add_option(library_names(*spec))->expected(1)
                                              : app.add_flag(library_names(*spec))->disable_flag_override();
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false);
    options.emplace_back(spec, option);
  }
  std::ranges::reverse(words);
  try {
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    // What is left for the library to refuse is a value given to a flag; its text starts with the option's
    // name.
    const std::string text = error.what();
    throw usage_error(fmt::format("--{} takes no value", escape_for_terminal(text.substr(0, text.find(' ')))))
        .hint(help_hint(command));
  }
  const Words unknown = app.remaining();
  if (!unknown.empty()) throw unknown_option(command, unknown.front());
  for (const auto& [spec, option] : options) take_result(command, *spec, *option, invocation);
  check_exclusions(command, invocation);
}

bool is_path(const std::string& word, const std::filesystem::path& working_directory) {
  if (word.empty()) return false;
  if (word == "." || word == ".." || word.find('/') != std::string::npos) return true;
  std::error_code ignored;  // what cannot be looked at is no directory
  return std::filesystem::is_directory(working_directory / word, ignored);
}

Error unknown_word(std::string_view what, const std::string& word, const Words& candidates) {
  Error error = usage_error(fmt::format("unknown {} '{}'", what, escape_for_terminal(word)));
  if (const auto near = did_you_mean(word, candidates)) error.hint(fmt::format("did you mean '{}'?", *near));
  return error;
}

bool wants_help(const Words& options) {
  return std::ranges::any_of(options,
                             [](const std::string& word) { return word == "--help" || word == "-h"; });
}

/// Chooses among the rows of a command with subcommands, and takes the subcommand's word.
const CommandSpec& choose_subcommand(const std::vector<const CommandSpec*>& rows, Words& positionals) {
  Words names;
  for (const CommandSpec* row : rows) names.emplace_back(row->subcommand);
  const std::string command(rows.front()->name);
  if (positionals.empty()) {
    throw usage_error(fmt::format("`cai {}` needs one of: {}", command, join(names, ", ")))
        .hint(fmt::format("see `cai help {}`", command));
  }
  const auto chosen = std::ranges::find(names, positionals.front());
  if (chosen == names.end()) {
    throw unknown_word("subcommand of `cai " + command + "`:", positionals.front(), names)
        .hint(fmt::format("see `cai help {}`", command));
  }
  positionals.erase(positionals.begin());
  return *rows[static_cast<std::size_t>(chosen - names.begin())];
}

/// Finds the row that is meant and takes its words from the positionals.
const CommandSpec& choose_command(Sorted& sorted, const std::filesystem::path& working_directory) {
  Words& positionals = sorted.positionals;
  const CommandSpec& attach = *find_command(default_command, "");
  if (positionals.empty()) return attach;
  const auto rows = find_command_rows(positionals.front());
  if (rows.empty()) {
    if (is_path(positionals.front(), working_directory)) return attach;
    // A mistyped option before it may be why this word stands where a command is looked for.
    Invocation unused;
    parse_options(attach, sorted.options, unused);
    throw unknown_word("command", positionals.front(), command_words()).hint("see `cai help`");
  }
  positionals.erase(positionals.begin());
  return rows.front()->subcommand.empty() ? *rows.front() : choose_subcommand(rows, positionals);
}

void check_positionals(const CommandSpec& command, const Words& positionals) {
  for (std::size_t index = positionals.size(); index < command.positionals.size(); ++index) {
    if (!command.positionals[index].required) continue;
    throw usage_error(
        fmt::format("`cai {}` needs {}", full_name(command), command.positionals[index].placeholder))
        .hint("usage: " + usage_line(command))
        .hint(help_hint(command));
  }
  const bool open_ended = !command.positionals.empty() && command.positionals.back().repeatable;
  if (open_ended || positionals.size() <= command.positionals.size()) return;
  const std::string extra = escape_for_terminal(positionals[command.positionals.size()]);
  Error error = usage_error(fmt::format("unexpected argument '{}' for `cai {}`", extra, full_name(command)));
  const bool by_name =
      std::ranges::any_of(command.options, [](const auto& o) { return o.name == "container"; });
  if (by_name && command.positionals.empty()) error.hint("a workspace is named with --container " + extra);
  if (command.inner_command != InnerCommand::none) {
    error.hint("a command to run inside goes after `--`: " + short_usage(command));
  }
  throw std::move(error.hint(help_hint(command)));
}

void check_inner_command(const CommandSpec& command, const Sorted& sorted) {
  const std::string name = full_name(command);
  if (sorted.has_inner_command && command.inner_command == InnerCommand::none) {
    throw usage_error(fmt::format("`cai {}` takes no command after `--`", name)).hint(help_hint(command));
  }
  const bool missing = sorted.has_inner_command ? sorted.inner_command.empty()
                                                : command.inner_command == InnerCommand::required;
  if (!missing) return;
  throw usage_error(fmt::format("`cai {}` needs a command after `--`", name))
      .hint("usage: " + usage_line(command))
      .hint(help_hint(command));
}

Invocation help_on(Words words) {
  Invocation help;
  help.command = "help";
  help.positionals = std::move(words);
  return help;
}

}  // namespace

std::optional<std::string> Invocation::option(std::string_view name) const {
  const auto found = options.find(name);
  if (found == options.end()) return std::nullopt;
  return found->second.back();
}

std::vector<std::string> Invocation::values(std::string_view name) const {
  const auto found = options.find(name);
  return found == options.end() ? std::vector<std::string>{} : found->second;
}

std::optional<std::string> Invocation::positional(std::size_t index) const {
  if (index >= positionals.size()) return std::nullopt;
  return positionals[index];
}

Invocation parse_invocation(const std::vector<std::string>& words,
                            const std::filesystem::path& working_directory) {
  Sorted sorted = sort_words(words);
  if (wants_help(sorted.options)) {
    const auto rows = sorted.positionals.empty() ? std::vector<const CommandSpec*>{}
                                                 : find_command_rows(sorted.positionals.front());
    if (!rows.empty() && rows.front()->subcommand.empty()) sorted.positionals.resize(1);
    if (rows.empty() && !sorted.positionals.empty() &&
        is_path(sorted.positionals.front(), working_directory)) {
      sorted.positionals = {std::string(default_command)};
    }
    return help_on(std::move(sorted.positionals));
  }
  const CommandSpec& command = choose_command(sorted, working_directory);
  Invocation invocation;
  parse_options(command, std::move(sorted.options), invocation);
  if (invocation.flag("help")) return help_on(split(full_name(command), ' '));  // -h among other letters
  if (invocation.flags.erase("version") > 0) {
    invocation.command = "version";
    invocation.subcommand.clear();
    return invocation;
  }
  check_positionals(command, sorted.positionals);
  check_inner_command(command, sorted);
  invocation.command = command.name;
  invocation.subcommand = command.subcommand;
  invocation.positionals = std::move(sorted.positionals);
  invocation.inner_command = std::move(sorted.inner_command);
  invocation.has_inner_command = sorted.has_inner_command;
  return invocation;
}

}  // namespace cai
