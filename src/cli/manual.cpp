#include "cli/manual.hpp"

#include <fmt/format.h>

#include <span>

#include "cai/config/settings.hpp"
#include "cli/command_table.hpp"
#include "cli/exit_codes.hpp"

namespace cai {
namespace {

using std::string_view;

/// Text that roff(7) prints as it is: no letter of it is an escape, a dash is the one people type, and a line
/// that begins with a dot or a quote is no request.
std::string roff(string_view text) {
  std::string escaped;
  for (const char letter : text) {
    const bool at_start = escaped.empty() || escaped.back() == '\n';
    if (at_start && (letter == '.' || letter == '\'')) escaped += "\\&";
    switch (letter) {
      case '\\':
        escaped += "\\e";
        break;
      case '-':
        escaped += "\\-";
        break;
      case '`':
        escaped += "\\(ga";
        break;
      case '\'':
        escaped += "\\(aq";
        break;
      case '^':
        escaped += "\\(ha";
        break;
      case '~':
        escaped += "\\(ti";
        break;
      default:
        escaped += letter;
    }
  }
  return escaped;
}

std::string bold(string_view text) {
  return fmt::format("\\fB{}\\fR", roff(text));
}
std::string italic(string_view text) {
  return fmt::format("\\fI{}\\fR", roff(text));
}

/// "cai exec [options] [N] -- CMD...", with the words to type in bold.
std::string synopsis(const CommandSpec& command) {
  std::string text = command.name == default_command ? bold("cai") : bold("cai " + full_name(command));
  text += fmt::format(" [{}]", italic("options"));
  for (const PositionalSpec& positional : command.positionals) {
    const auto word = italic(positional.placeholder) + (positional.repeatable ? "..." : "");
    text += positional.required ? " " + word : fmt::format(" [{}]", word);
  }
  if (command.inner_command == InnerCommand::required)
    text += fmt::format(" {} {}...", bold("--"), italic("CMD"));
  if (command.inner_command == InnerCommand::optional)
    text += fmt::format(" [{} {}...]", bold("--"), italic("CMD"));
  return text;
}

std::string option_paragraph(const OptionSpec& option) {
  std::string names = option.short_name == 0 ? "" : bold(fmt::format("-{}", option.short_name)) + ", ";
  names += bold(fmt::format("--{}", option.name));
  if (!option.other_name.empty()) names += ", " + bold(fmt::format("--{}", option.other_name));
  if (option.takes_value()) names += " " + italic(option.placeholder);
  std::string help = roff(option.help);
  if (option.repeatable) help += "; may be repeated";
  if (!option.excludes.empty()) help += "; not with " + bold(fmt::format("--{}", option.excludes));
  return fmt::format(".TP\n{}\n{}.\n", names, help);
}

std::string options_text(std::span<const OptionSpec> options) {
  std::string text;
  for (const OptionSpec& option : options) text += option_paragraph(option);
  return text;
}

std::string command_text(const CommandSpec& command) {
  std::string text = fmt::format(".SS {}\n{}.\n", synopsis(command), roff(command.summary));
  if (!command.details.empty()) text += fmt::format(".PP\n{}\n", roff(command.details));
  for (const string_view alias : command.aliases)
    text += fmt::format(".PP\nAlso written {}.\n", bold(fmt::format("cai {}", alias)));
  text += options_text(command.options);
  if (command.examples.empty()) return text;
  text += ".PP\nFor example:\n.PP\n.RS 4\n.nf\n";
  for (const string_view example : command.examples) text += roff(example) + "\n";
  return text + ".fi\n.RE\n";
}

std::string exit_status_text() {
  std::string text =
      ".SH EXIT STATUS\nA command that runs inside a container passes its own exit code on; otherwise:\n";
  for (const ExitCodeRow& row : exit_code_table())
    text += fmt::format(".TP\n{}\n{}\n", bold(std::to_string(row.code)), roff(row.meaning));
  return text;
}

std::string environment_text() {
  std::string text = ".SH ENVIRONMENT\n";
  for (const SettingKey& key : setting_keys()) {
    if (key.variable.empty()) continue;
    text += fmt::format(".TP\n{}\nOverrides the setting {}.\n", bold(key.variable), bold(key.name));
  }
  return text + fmt::format(".TP\n{}, {}, {}\nChoose the container engine, as for docker.\n",
                            bold("DOCKER_HOST"), bold("DOCKER_CONTEXT"), bold("DOCKER_CONFIG"));
}

std::string files_text() {
  struct File {
    string_view path;
    string_view meaning;
  };
  constexpr File files[] = {
      {"~/.config/containai/", "Configuration, keys, templates and the id of the installation."},
      {"~/.local/state/containai/", "The store and locks."},
      {"~/.ssh/containai.d/", "One file for each workspace, included from ~/.ssh/config."},
  };
  std::string text = ".SH FILES\n";
  for (const auto& [path, meaning] : files) text += fmt::format(".TP\n{}\n{}\n", italic(path), roff(meaning));
  return text;
}

}  // namespace

std::string manual_page() {
  std::string text =
      ".\\\" Made from src/cli/command_table.cpp; a test compares. Rewrite it with CAI_UPDATE_GOLDEN=1.\n"
      ".TH CAI 1 \"\" \"cai " CAI_VERSION
      "\" \"User Commands\"\n"
      ".SH NAME\ncai \\- one container for each repository and branch, entered over SSH\n.SH SYNOPSIS\n";
  text += fmt::format("{}\n.br\n{} {} [{}] ...\n", synopsis(*find_command(default_command, "")), bold("cai"),
                      italic("COMMAND"), italic("options"));
  text += ".SH DESCRIPTION\n" + roff(find_command(default_command, "")->details) +
          "\n.PP\nData goes to standard output, everything else to standard error.\n.SH COMMANDS\n";
  for (const CommandSpec& command : command_table()) text += command_text(command);
  text += ".SH OPTIONS OF EVERY COMMAND\n" + options_text(global_options());
  text += exit_status_text() + environment_text() + files_text();
  return text + ".SH SEE ALSO\n.BR docker (1),\n.BR ssh (1),\n.BR ssh_config (5)\n";
}

}  // namespace cai
