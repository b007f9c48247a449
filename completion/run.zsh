# zsh: source <(./run --completion zsh), after compinit. The names come from the noxfile itself.
_portcullis_run() {
  local option='' word
  local -a stages
  for word in ${words[2,CURRENT-1]}; do
    [[ $word == -* ]] && option=$word
    [[ $word == -- ]] && break
  done
  case $option in
    -s|-e|--session|--sessions)
      stages=(${${(f)"$($words[1] --completion stages 2>/dev/null)"}//$'\t'/:})
      _describe stage stages
      ;;
    --) compadd -- --no-cache --strict; _files ;;
    *) compadd -- -l -s --completion ;;
  esac
}
compdef _portcullis_run run ./run
