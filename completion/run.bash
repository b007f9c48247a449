# bash: source <(./run --completion bash), for instance in ~/.bashrc with the path of the clone before `run`.
# The names come from the noxfile itself, so that a new stage needs nothing here.
_portcullis_run() {
  local here=${COMP_WORDS[COMP_CWORD]} option='' word words='-l -s --completion' found
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ ${word} == -* ]]; then option=${word}; fi
    if [[ ${word} == -- ]]; then break; fi
  done
  case ${option} in
    -s | -e | --session | --sessions)
      words=--
      if [[ ${here} != -* ]]; then words=$("${COMP_WORDS[0]}" --completion stages 2>/dev/null | cut -f 1 || true); fi
      ;;
    --) words='--no-cache --strict' ;;
    *) ;;
  esac
  found=$(compgen -W "${words}" -- "${here}") || true
  COMPREPLY=()
  if [[ -n ${found} ]]; then mapfile -t COMPREPLY <<<"${found}"; fi
}
complete -o default -F _portcullis_run run
