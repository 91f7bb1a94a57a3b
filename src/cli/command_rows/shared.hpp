#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "cli/command_table.hpp"

/// The rows of the command table by what they are for; command_table.cpp puts them together. Each header is
/// read there and nowhere else.
namespace cai::command_rows {

using std::string_view;

/// One array of the rows of several.
template <typename Row, std::size_t... Sizes>
constexpr auto joined(const std::array<Row, Sizes>&... kinds) {
  std::array<Row, (Sizes + ...)> all{};
  auto at = all.begin();
  ((at = std::ranges::copy(kinds, at).out), ...);
  return all;
}

// Options and positionals of commands of several kinds.
inline constexpr OptionSpec all_option{.name = "all", .help = "Every workspace of this installation"};
inline constexpr OptionSpec container_option{
    .name = "container", .placeholder = "N", .help = "The workspace of this name, wherever you are"};
inline constexpr OptionSpec container_or_all_option{.name = "container",
                                                    .placeholder = "N",
                                                    .help = "The workspace of this name, wherever you are",
                                                    .excludes = "all"};
inline constexpr OptionSpec json_option{.name = "json", .help = "Print JSON, as described in schema/"};
inline constexpr OptionSpec yes_option{.name = "yes",
                                       .help = "Do not ask: the answer to the question is yes"};
inline constexpr OptionSpec force_option{.name = "force",
                                         .help = "Do not ask; this never widens what is deleted"};
inline constexpr OptionSpec output_option{
    .name = "output",
    .short_name = 'o',
    .placeholder = "F",
    .help = "Write this file (.tgz or .tar.zst), a file in this directory, or - for standard output"};
inline constexpr OptionSpec no_credentials_option{
    .name = "no-credentials", .help = "Leave out the files in which known tools keep logins and keys"};
inline constexpr OptionSpec no_disk_option{
    .name = "no-disk", .help = "Do not ask the engine for sizes, which may take it seconds"};
inline constexpr auto json_options = std::to_array<OptionSpec>({json_option});
inline constexpr auto optional_name = std::to_array<PositionalSpec>({{.placeholder = "N"}});

}  // namespace cai::command_rows
