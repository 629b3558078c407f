#!/usr/bin/env bash
# What README shows, with an installed memmap: readme.sh FOLDER-OF-THE-COMMAND PYTHON. Runs in the chroot of
# scripts/try_packages, beside a Go program "server".
set -euo pipefail
memmap=$1/memmap python=$2
cd /srv/memmap
rm -f ./*.txt ./*.core ./map.*

fail() {
  echo "readme.sh: $*" >&2
  exit 1
}
same() { # every way of looking prints the same bytes
  cmp annotate.txt "$1" || fail "$1 is not what the command printed"
}

./server >ready.txt &
server=$!
trap 'kill -KILL "$server" 2>/dev/null || true' EXIT
until [ -s ready.txt ]; do sleep 0.1; done

"$memmap" version
"$memmap" annotate -p "$server" | tail -n 1
gdb -nx -batch -p "$server" -ex "gcore server.core" >gdb.txt 2>&1 || fail "$(cat gdb.txt)"
"$memmap" annotate --core server.core --exe server >annotate.txt
"$memmap" reconcile --core server.core --exe server --assert | tail -n 3
"$memmap" export pprof --core server.core --exe server -o map.pb.gz
"$memmap" export html --core server.core --exe server -o map.html
"$memmap" trace run --limit 200ms -- ./server | tail -n 1

export PATH=$1:$PATH
memmap install
gdb -batch server server.core -ex "memmap annotate -o gdb.txt" -ex 'print $memmap_kind($sp)' 2>/dev/null |
  grep '^$1 = "[a-z_]*stack"' || fail "gdb after install"
same gdb.txt
lldb --batch -o "target create server --core server.core" -o "memmap annotate -o lldb.txt" \
  -o "script import memmap; print('rows', len(memmap.current()))" 2>/dev/null | grep '^rows [1-9]' || fail "LLDB after install"
same lldb.txt
memmap uninstall
[ ! -e ~/.lldbinit ] && [ ! -e ~/.gdbinit ] || fail "uninstall left a start file"

"$python" - <<'END'
import memmap
m = memmap.open_core("server.core", "./server")
print(m[m.of_kind("heap_span")[0].begin].path)
print(m.spans.array()["npages"].sum(), "pages in spans")
open("python.txt", "w").write(m.run("annotate"))
END
same python.txt
