# fish completion for cai. Made by `cai completion fish`.

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
