#pragma once

#include "cli/command_rows/shared.hpp"

namespace cai::command_rows {

// About the program itself.

inline constexpr auto help_words =
    std::to_array<PositionalSpec>({{.placeholder = "COMMAND", .repeatable = true}});
inline constexpr std::array<string_view, 2> help_examples{"cai help", "cai help config get"};

inline constexpr auto about = std::to_array<CommandSpec>({
    {.name = "version", .summary = "Show the version", .options = json_options},
    {.name = "help",
     .summary = "Show help, for everything or for one command",
     .positionals = help_words,
     .examples = help_examples},
});

}  // namespace cai::command_rows
