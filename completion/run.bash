# bash: source <(./run --completion bash), for instance in ~/.bashrc with the path of the clone before `run`.
# The names come from the noxfile itself, so that a new stage needs nothing here.
_portcullis_run() {
  local here=${COMP_WORDS[COMP_CWORD]} option='' word words=()
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in -*) option=$word ;; esac
    [ "$word" = -- ] && break
  done
  case $option in
    -s | -e | --session | --sessions)
      case $here in -*) words=(--) ;; *) mapfile -t words < <("${COMP_WORDS[0]}" --completion stages 2>/dev/null | cut -f 1) ;; esac
      ;;
    --) words=(--no-cache --strict) ;;
    *) words=(-l -s --completion) ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "${words[*]}" -- "$here")
}
complete -o default -F _portcullis_run run
