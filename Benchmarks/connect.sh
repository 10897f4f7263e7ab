#!/bin/sh
# A table as CSV and random bytes to the stand-in for Connect, by this tool and by pins for Python in
# the same run: seconds, processor seconds, peak memory, the disk that a temporary copy takes, and
# requests. Needs 3.5 times the size in FOLDER.
#   Benchmarks/connect.sh [PINS [MEGABYTES [FOLDER]]] > Benchmarks/Results/connect.md
set -eu
cd "$(dirname "$0")/.."
root=$PWD
pins=$(realpath "${1:-.build/release/pins}")
megabytes=${2:-500}
python=
for place in venv-pins venv-connect; do
    test -x "$root/.build/$place/bin/python" && python=$root/.build/$place/bin/python && break
done
work=$(mktemp -d -p "${3:-${TMPDIR:-/tmp}}")
trap 'exec 9>&-; rm -rf "$work"' EXIT INT TERM
mkfifo "$work/stdin"
mkdir "$work/tmp" "$work/server"
PYTHONPATH=$root/Tests/ConnectServer python3 -B -m connect_server --folder "$work/server" \
    < "$work/stdin" > "$work/ready" &
exec 9> "$work/stdin"
until test -s "$work/ready"; do sleep 0.1; done
field() { python3 -c "import json, sys; r = json.load(open('$work/ready')); print($1)"; }
export CONNECT_SERVER CONNECT_API_KEY PINS_CACHE_DIR TMPDIR
CONNECT_SERVER=$(field 'r["url"]')
CONNECT_API_KEY=$(field 'r["keys"]["susan"]')
start=$((megabytes * 400000))
port=$(field 'r["port"]')
PINS_CACHE_DIR=$work/cache
TMPDIR=$work/tmp
cd "$work"
make_random() { head -c "${megabytes}000000" /dev/urandom > random.bin; }
make_table() {
python3 - "$megabytes" > table.csv <<'END'
import random, sys
random.seed(1)
towns = ["Berlin", "Paris", "Rome", "Madrid", "Vienna", "Prague", "Warsaw", "Lisbon"]
left, row = int(sys.argv[1]) * 1_000_000, 0
sys.stdout.write("id,town,amount,price,flag\n")
while left > 0:
    lines = "".join(
        f"{row + n},{towns[random.getrandbits(3)]},{random.getrandbits(10)},"
        f"{random.random() * 100:.4f},{random.getrandbits(1)}\n" for n in range(50_000))
    row, left = row + 50_000, left - len(lines)
    sys.stdout.write(lines)
END
}
# What has been measured makes room.
remove() {
    "$pins" delete connect: "$1" > said 2>&1
    requests > said
}
# What was asked since the last time.
requests() {
    python3 -c "
import json, urllib.request
control = 'http://127.0.0.1:$port/__control__/requests'
log = json.load(urllib.request.urlopen(control))
urllib.request.urlopen(urllib.request.Request(control, method='DELETE'))
sent, got = (sum(entry[key] for entry in log) for key in ('received', 'sent'))
print(len(log), sent, got)"
}
# Runs a command and the most that its temporary folder held meanwhile.
measure() {
    label=$1
    shift
    : > watch
    (while test -e watch; do du -sk tmp; sleep 0.2; done | sort -n | tail -1 > most) &
    watcher=$!
    /usr/bin/time -o times -f '%e %U %S %M' "$@" > said 2>&1 ||
        { cat said; exit 1; }
    asked=$(requests)
    rm watch
    wait $watcher
    echo "$(cat times) $(cut -f1 < most) $asked" | awk -v label="$label" '{
        printf "| %s | %.1f | %.1f | %.0f | %.0f | %d | %.1f | %.1f |\n", label, $1, $2 + $3, \
            $4 / 1024, $5 * 1.024 / 1000, $6, $7 / 1e6, $8 / 1e6 }'
}
cat <<END
# To the stand-in for Connect and back, beside pins for Python

\`Benchmarks/connect.sh\`, files of $megabytes MB, one run on $(nproc) cores; compare within it. Not counted as temporary files: the cache, and the file
without a name of an engine bundle, which holds as many bytes as go up, less 16 MiB.

| | seconds | processor seconds | peak MiB | temporary MB | requests | MB up | MB down |
|---|---|---|---|---|---|---|---|
END
for file in table.csv random.bin; do
    name=${file%.*}
    make_$name
    measure "swift-pins writes $file" "$pins" write connect: "susan/$name" "$file"
    if test -n "$python"; then
        measure "pins for Python writes $file" "$python" -c "
from pins import board_connect
board_connect().pin_upload('$file', 'susan/$name-python')"
    fi
    measure "swift-pins reads $file, cold" "$pins" read connect: "susan/$name" -o out
    cmp out "$file"
    rm out
    if test -n "$python"; then
        measure "pins for Python reads $file, cold" "$python" -c "
from pins import board_connect
board_connect().pin_download('susan/$name-python')"
    fi
    rm -rf cache
    for pin in "$name" "$name-python"; do
        test "$pin" = "$name" || test -n "$python" || continue
        remove "susan/$pin"
    done
    measure "swift-pins writes $file as an engine bundle" \
        "$pins" write connect: "susan/$name-engine" "$file" --bundle engine
    measure "swift-pins reads 1 MB of it, cold" \
        "$pins" read connect: "susan/$name-engine" --range "$start:$((start + 1000000))" -o out
    rm -rf cache
    measure "swift-pins reads $file from it, cold" \
        "$pins" read connect: "susan/$name-engine" -o out
    cmp out "$file"
    remove "susan/$name-engine"
    rm -rf out cache "$file"
done
