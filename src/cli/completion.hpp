#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/invocation.hpp"

namespace cai {

/// Words that only the store, a directory or the settings know.
enum class WordSource { none, workspaces, templates, settings, contexts };

/// What the word at the cursor can become.
struct Candidate {
  std::string word;
  std::string meaning{};  ///< one line, or empty
};

struct Completion {
  std::vector<Candidate> candidates;
  bool directories = false;  ///< besides, names of directories, which the shell knows best
  bool files = false;        ///< besides, names of files
};

using WordLookup = std::function<std::vector<std::string>(WordSource)>;

/// `words` are those of a command line after `cai`, up to and with the one at the cursor, which may be empty;
/// they are understood as parse_invocation would, but nothing in them is an error. Everything comes from the
/// command table and `look_up`, of whose words only those are taken that a shell reads as themselves.
Completion complete(const std::vector<std::string>& words, const WordLookup& look_up);

/// The lines that the shell's script reads: a candidate each, and ":directories" or ":files" (no candidate
/// begins with a colon). zsh wants "word:meaning", fish "word<tab>meaning", bash the word alone.
std::string completion_lines(const Completion& completion, std::string_view shell);

/// The script of "bash", "zsh" or "fish": a thin adapter that asks `cai completion SHELL -- WORDS...`. Throws
/// Error(usage) for another shell.
std::string completion_script(std::string_view shell);

}  // namespace cai
