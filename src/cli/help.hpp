#pragma once

#include <string>
#include <vector>

namespace cai {

/// What `cai help WORDS...` prints: the overview without words, else the help of the command, or of all its
/// subcommands. Throws Error(usage) when there is no such command.
std::string help_text(const std::vector<std::string>& words);

/// The whole of docs/reference/commands.md.
std::string reference_markdown();

}  // namespace cai
