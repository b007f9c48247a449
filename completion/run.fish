# fish: ./run --completion fish | source. The names come from the noxfile itself.
function __portcullis_option --description 'The last option before the cursor'
    for word in (commandline --tokenize --cut-at-cursor --current-process)[2..]
        string match --quiet -- '-*' $word; and set --function option $word
        test "$word" = --; and break
    end
    echo -- $option
end

function __portcullis_stages --description 'The stages, each with what it does'
    set --local program (commandline --tokenize --current-process)[1]
    eval $program --completion stages 2>/dev/null
end

complete --command run --no-files
complete --command run --condition 'not string length --quiet -- (__portcullis_option)' --arguments '-l -s --completion'
complete --command run --condition 'contains -- (__portcullis_option) -s -e --session --sessions' --arguments '(__portcullis_stages)'
complete --command run --condition 'test (__portcullis_option) = --' --force-files --arguments '--no-cache --strict'
