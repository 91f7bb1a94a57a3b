#include "cli/completion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>

#include "cli/command_table.hpp"

namespace cai {
namespace {

using std::string_view;
using Words = std::vector<std::string>;

constexpr std::array<string_view, 3> profiles{"strict", "sudo", "system"};
constexpr std::array<string_view, 6> ages{"12h", "1d", "7d", "14d", "30d", "90d"};
constexpr auto purposes =
    std::to_array<string_view>({"python", "node", "rust", "go", "general", "amplifier", "try-repo", "clean"});
constexpr std::array<string_view, 3> passthrough{"auto", "all", "none"};
constexpr std::array<string_view, 5> sizes{"1g", "2g", "4g", "8g", "16g"};
constexpr std::array<string_view, 4> processor_counts{"1", "2", "4", "8"};
constexpr std::array<string_view, 3> shells{"bash", "zsh", "fish"};
constexpr std::array<string_view, 1> fix{"fix"};

/// What a value can be, by the name of its option or the placeholder of its positional: the same name means
/// the same in every command.
struct ValueRow {
  string_view name;
  std::span<const string_view> fixed{};
  WordSource source = WordSource::none;
};

constexpr auto option_values = std::to_array<ValueRow>({
    {.name = "container", .source = WordSource::workspaces},
    {.name = "template", .source = WordSource::templates},
    {.name = "context", .source = WordSource::contexts},
    {.name = "profile", .fixed = profiles},
    {.name = "purpose", .fixed = purposes},
    {.name = "env-passthrough", .fixed = passthrough},
    {.name = "age", .fixed = ages},
    {.name = "memory", .fixed = sizes},
    {.name = "cpus", .fixed = processor_counts},
});

constexpr auto positional_values = std::to_array<ValueRow>({
    {.name = "N", .source = WordSource::workspaces},
    {.name = "T", .source = WordSource::templates},
    {.name = "KEY", .source = WordSource::settings},
    {.name = "SHELL", .fixed = shells},
    {.name = "fix", .fixed = fix},
});

const ValueRow* find_row(std::span<const ValueRow> rows, string_view name) {
  const auto found = std::ranges::find(rows, name, &ValueRow::name);
  return found == rows.end() ? nullptr : &*found;
}

/// No shell gives a meaning to these, wherever in a word they stand but a dash in front.
bool is_plain(string_view word) {
  constexpr string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.+";
  return !word.empty() && word.front() != '-' && word.find_first_not_of(plain) == word.npos;
}

/// The words before the cursor, understood as far as they go.
struct Context {
  Words positionals;
  std::set<string_view> given;          ///< long names of options
  const OptionSpec* waiting = nullptr;  ///< the word at the cursor is its value
  bool after_dashes = false;            ///< the word belongs to the command inside
};

/// `--name`, or `-dn` whose last letter takes the value; notes every option that is in the word.
const OptionSpec* read_option(const std::string& word, std::set<string_view>& given) {
  if (word.starts_with("--")) {
    const auto equals = word.find('=');
    const OptionSpec* option = find_option(string_view(word).substr(2, equals - 2));
    if (option == nullptr) return nullptr;
    given.insert(option->name);
    return option->takes_value() && equals == word.npos ? option : nullptr;
  }
  for (std::size_t index = 1; index < word.size(); ++index) {
    const OptionSpec* option = find_option(word[index]);
    if (option == nullptr) return nullptr;
    given.insert(option->name);
    if (option->takes_value()) return index + 1 == word.size() ? option : nullptr;
  }
  return nullptr;
}

Context read_before_cursor(std::span<const std::string> words) {
  Context context;
  for (const std::string& word : words) {
    if (context.waiting != nullptr) {
      context.waiting = nullptr;
    } else if (word == "--") {
      context.after_dashes = true;
      return context;
    } else if (word.size() > 1 && word.front() == '-') {
      context.waiting = read_option(word, context.given);
    } else {
      context.positionals.push_back(word);
    }
  }
  return context;
}

/// Collects what begins as the word at the cursor does.
class Collector {
 public:
  Collector(Completion& completion, string_view current, const WordLookup& look_up)
      : completion_(completion), current_(current), look_up_(look_up) {}

  void add(std::string word, string_view meaning = {}) {
    if (word.starts_with(current_)) completion_.candidates.push_back({std::move(word), std::string(meaning)});
  }
  void add_values(const ValueRow* row, const std::string& prefix = {}) {
    if (row == nullptr) return;
    for (const string_view word : row->fixed) add(prefix + std::string(word));
    if (row->source == WordSource::none) return;
    for (const std::string& word : look_up_(row->source)) {
      if (is_plain(word)) add(prefix + word);
    }
  }

 private:
  Completion& completion_;
  string_view current_;
  const WordLookup& look_up_;
};

/// The row that the words name: the default command while there is no command word, nullptr while the
/// subcommand is missing or unknown.
const CommandSpec* command_of(const Words& positionals) {
  if (positionals.empty()) return find_command(default_command, "");
  const auto rows = find_command_rows(positionals.front());
  if (rows.empty()) return find_command(default_command, "");  // a path
  if (rows.front()->subcommand.empty()) return rows.front();
  return positionals.size() < 2 ? nullptr : find_command(rows.front()->name, positionals[1]);
}

void add_options(const CommandSpec& command, const Context& context, Collector& collector) {
  for (const OptionSpec* option : options_of(command)) {
    const bool excluded = !option->excludes.empty() && context.given.contains(option->excludes);
    if (excluded || (context.given.contains(option->name) && !option->repeatable)) continue;
    collector.add(fmt::format("--{}", option->name), option->help);
    if (!option->other_name.empty()) collector.add(fmt::format("--{}", option->other_name), option->help);
  }
  if (command.inner_command != InnerCommand::none)
    collector.add("--", "What follows is the command to run inside");
}

/// Each command once, also one that has subcommands.
void add_command_words(Collector& collector) {
  string_view last;
  for (const CommandSpec& command : command_table()) {
    if (command.name == last) continue;
    last = command.name;
    collector.add(std::string(command.name), command.summary);
    for (const string_view alias : command.aliases) collector.add(std::string(alias), command.summary);
  }
}

bool add_subcommands(string_view word, Collector& collector) {
  const auto rows = find_command_rows(word);
  if (rows.empty() || rows.front()->subcommand.empty()) return false;
  for (const CommandSpec* row : rows) collector.add(std::string(row->subcommand), row->summary);
  return true;
}

/// The commands to explain: one, and perhaps one of its subcommands.
void add_help_words(std::size_t index, const Words& positionals, Collector& collector) {
  if (index == 0) add_command_words(collector);
  if (index == 1) add_subcommands(positionals.back(), collector);
}

void add_positional(const Context& context, Completion& completion, Collector& collector) {
  const Words& words = context.positionals;
  if (words.empty()) {
    add_command_words(collector);
    completion.directories = true;
    return;
  }
  if (words.size() == 1 && add_subcommands(words.front(), collector)) return;
  const CommandSpec* command = command_of(words);
  const bool is_path = find_command_rows(words.front()).empty();
  if (command == nullptr || is_path) return;
  const std::size_t index = words.size() - (command->subcommand.empty() ? 1 : 2);
  const auto& positionals = command->positionals;
  if (positionals.empty() || (index >= positionals.size() && !positionals.back().repeatable)) return;
  const string_view placeholder = positionals[std::min(index, positionals.size() - 1)].placeholder;
  if (placeholder == "COMMAND") return add_help_words(index, words, collector);
  if (placeholder == "PATH") completion.directories = true;
  collector.add_values(find_row(positional_values, placeholder));
}

std::string escaped_for_zsh(string_view word) {
  std::string text;
  for (const char letter : word) {
    if (letter == ':' || letter == '\\') text += '\\';
    text += letter;
  }
  return text;
}

}  // namespace

Completion complete(const Words& words, const WordLookup& look_up) {
  Completion completion;
  const std::string current = words.empty() ? "" : words.back();
  const Context context = read_before_cursor(std::span(words).first(words.empty() ? 0 : words.size() - 1));
  Collector collector(completion, current, look_up);
  if (context.after_dashes) {
    completion.files = true;
    return completion;
  }
  if (context.waiting != nullptr) {
    collector.add_values(find_row(option_values, context.waiting->name));
    return completion;
  }
  if (!current.starts_with('-')) {
    add_positional(context, completion, collector);
    return completion;
  }
  const auto equals = current.find('=');
  if (equals != current.npos && current.starts_with("--")) {
    const OptionSpec* option = find_option(string_view(current).substr(2, equals - 2));
    if (option != nullptr)
      collector.add_values(find_row(option_values, option->name), current.substr(0, equals + 1));
  } else if (const CommandSpec* command = command_of(context.positionals)) {
    add_options(*command, context, collector);
  }
  return completion;
}

std::string completion_lines(const Completion& completion, string_view shell) {
  std::string text;
  for (const auto& [word, meaning] : completion.candidates) {
    if (shell == "bash" || meaning.empty()) {
      text += shell == "zsh" ? escaped_for_zsh(word) : word;
    } else if (shell == "zsh") {
      text += fmt::format("{}:{}", escaped_for_zsh(word), meaning);
    } else {
      text += fmt::format("{}\t{}", word, meaning);
    }
    text += '\n';
  }
  if (completion.directories) text += ":directories\n";
  if (completion.files) text += ":files\n";
  return text;
}

}  // namespace cai
