#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cai {

/// Makes text from outside (labels, paths, engine messages, git data) safe for a terminal: control
/// characters, escape sequences, C1, bidirectional overrides and invalid UTF-8 become visible `\xNN` or
/// `\u{NNNN}`. Newline and tab are escaped too; call it per field, never on a finished screen.
std::string escape_for_terminal(std::string_view text);

/// True when `text` is well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF).
bool is_utf8(std::string_view text);

/// Quotes for a POSIX shell: the result is one word whatever the bytes (NUL cannot occur in argv).
std::string shell_quote(std::string_view word);
/// Joins argv into one shell command line, each word quoted.
std::string shell_join(const std::vector<std::string>& words);

std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
std::string_view trim(std::string_view text);
std::string to_lower_ascii(std::string_view text);

/// The candidate nearest to `word` (Damerau-Levenshtein distance at most 2, and less than the word's length).
std::optional<std::string> did_you_mean(std::string_view word, std::span<const std::string> candidates);

/// SHA-256 (FIPS 180-4) as 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);
/// `bytes` random bytes from getrandom(2) as 2*bytes lower-case hex digits.
std::string random_hex(std::size_t bytes);

/// Reads "512m", "2g", "1.5GiB", "1048576" (case-insensitive, binary units, optional b/ib). nullopt when it
/// is not a positive size below 2^63.
std::optional<std::int64_t> parse_size(std::string_view text);
/// "1.2 GB"-like text for people: binary units, one decimal below ten.
std::string format_size(std::int64_t bytes);

/// Strict decimal; nullopt on anything else than the whole text being an integer in range.
std::optional<std::int64_t> parse_integer(std::string_view text);

}  // namespace cai
