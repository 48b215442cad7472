#!/bin/sh
# The names of names.txt in 8 parts with GNU parallel, then all of them as one report; ends with the exit code of all names.
#   sh parallel.sh                                                on the processors of this machine
#   SSHLOGINS=one.example.net,two.example.net sh parallel.sh      on these machines, where matrix-delegation-check is installed
set -u
parts=8
mkdir -p results && rm -f results/*.ndjson || exit 2

if [ -n "${SSHLOGINS-}" ]; then
  set -- --sshlogin "$SSHLOGINS" --workdir ... --basefile names.txt --return 'results/{}.ndjson' --cleanup
else
  set --
fi
# A part whose names have findings ends with 1. What that means for all of them is said below, and so is a part that isn't there.
seq "$parts" | parallel "$@" \
  "mkdir -p results && matrix-delegation-check --quiet --from-file names.txt --shard {}/$parts --report ndjson=results/{}.ndjson >/dev/null"

set --
for part in $(seq "$parts"); do set -- "$@" --from-facts "results/$part.ndjson"; done
matrix-delegation-check "$@"
