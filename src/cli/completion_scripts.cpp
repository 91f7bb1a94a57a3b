#include <array>

#include "cai/base/error.hpp"
#include "cai/base/text.hpp"
#include "cli/completion.hpp"

namespace cai {
namespace {

struct Script {
  std::string_view shell;
  std::string_view text;
};

// Each hands over the words as they were typed and evaluates nothing, neither of them nor of the answer.
constexpr auto scripts = std::to_array<Script>({
    {"bash", R"(# bash completion for cai. Made by `cai completion bash`.

_cai() {
  local -a words=()
  local index word glued=''
  # bash splits --name=value at the equals sign; put it together again.
  for ((index = 1; index <= COMP_CWORD; index++)); do
    word=${COMP_WORDS[index]}
    if [[ $word == '=' && ${#words[@]} -gt 0 && ${words[-1]} == --* ]]; then
      words[-1]+='='
      glued=1
    elif [[ -n $glued ]]; then
      words[-1]+=$word
      glued=''
    else
      words+=("$word")
    fi
  done
  local current=${words[-1]-} prefix='' line
  if [[ $current == --*=* ]]; then prefix=${current%%=*}=; fi
  local -a names=()
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :directories)
        compopt -o filenames 2>/dev/null
        mapfile -t names < <(compgen -d -- "$current")
        COMPREPLY+=("${names[@]}")
        ;;
      :files)
        compopt -o filenames 2>/dev/null
        mapfile -t names < <(compgen -f -- "$current")
        COMPREPLY+=("${names[@]}")
        ;;
      *) COMPREPLY+=("${line#"$prefix"}") ;;
    esac
  done < <(command cai completion bash -- "${words[@]}" 2>/dev/null)
}

complete -F _cai cai
)"},
    {"zsh", R"(#compdef cai
# zsh completion for cai. Made by `cai completion zsh`.

_cai() {
  local -a lines described
  local line
  lines=("${(@f)$(command cai completion zsh -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "${lines[@]}"; do
    case $line in
      ('') ;;
      (:directories) _path_files -/ ;;
      (:files) _files ;;
      (*) described+=("$line") ;;
    esac
  done
  ((${#described})) && _describe 'cai' described
}

# Autoloaded from fpath, this file is the function's body; sourced, it only defines it.
if [[ ${funcstack[1]} == _cai ]]; then
  _cai "$@"
elif (($+functions[compdef])); then
  compdef _cai cai
fi
)"},
    {"fish", R"(# fish completion for cai. Made by `cai completion fish`.

function __cai_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in (command cai completion fish -- $words[2..-1] 2>/dev/null)
        switch $line
            case :directories
                __fish_complete_directories (commandline -ct) ''
            case :files
                __fish_complete_path (commandline -ct) ''
            case '*'
                printf '%s\n' $line
        end
    end
end

complete -c cai -f -a '(__cai_complete)'
)"},
});

}  // namespace

std::string completion_script(std::string_view shell) {
  for (const Script& script : scripts) {
    if (script.shell == shell) return std::string(script.text);
  }
  throw Error(ErrorKind::usage, "there is no completion for '" + escape_for_terminal(shell) + "'")
      .hint("cai completes in bash, zsh and fish");
}

}  // namespace cai
