# For the scripts beside it, which source it: what a long run shows while it works.
# shellcheck shell=bash

# Of ninja's lines, or of any that begin with [17/292], one for each tenth of the way; all others as they are.
condensed() {
  local line tenth last=0
  while IFS= read -r line || [ -n "$line" ]; do
    if [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]]; then
      tenth=$((10 * BASH_REMATCH[1] / BASH_REMATCH[2]))
      if [ "${BASH_REMATCH[2]}" -ge 20 ] && [ "$tenth" -gt "$last" ]; then
        printf '   %d of %d\n' "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
      fi
      last=$tenth
    elif [[ $line != ninja:* ]]; then
      printf '%s\n' "$line"
    fi
  done
}

# cmake --build with these words.
build_quietly() {
  local status
  cmake --build "$@" 2>&1 | condensed
  status=${PIPESTATUS[0]}
  return "$status"
}

# Milliseconds of some clock.
now() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }
