# bash completion for cai. Made by `cai completion bash`.

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
