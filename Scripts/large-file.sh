#!/bin/bash
# What large files cost: a 1 GB table written, 1 % of it edited, written again, both read back and compared; then a
# stream of random bytes through standard input. Prints bytes stored and the peak memory of each command.
#
#   Scripts/large-file.sh [STREAM_GIB] [FOLDER]     defaults: 20, a new temporary folder
set -euo pipefail
cd "$(dirname "$0")/.."
stream_gib=${1:-20}
folder=${2:-$(mktemp -d)}
pins=${PINS:-.build/release/pins}
[ -x "$pins" ] || swift build -c release --product pins
pins=$(realpath "$pins")
mkdir -p "$folder"
trap 'rm -rf "$folder/data" "$folder/board" "$folder/back" "$folder/stream"' EXIT
cd "$folder"
mkdir -p data back

python3 - <<'PYTHON'
import random
numbers = random.Random(1)
words = ["north", "south", "east", "west", "online", "store", "returned", "new"]
def rows(count, numbers):
    return "".join(
        "%d,%s,%d.%02d,2026-%02d-%02d,%016x\n" % (
            numbers.randrange(10**9), numbers.choice(words), numbers.randrange(1000),
            numbers.randrange(100), numbers.randrange(1, 13), numbers.randrange(1, 29),
            numbers.getrandbits(64))
        for _ in range(count)).encode()
block = rows(200_000, numbers)
size = 0
with open("data/table.csv", "wb") as out:
    part = 0
    while size < 1_000_000_000:
        # The same rows would be found to be the same: each block gets a column of its own.
        piece = block.replace(b",", b",%d," % part, 1).replace(b"\n", b";%d\n" % part)
        out.write(piece)
        size += len(piece)
        part += 1
print("table: %d bytes" % size)
PYTHON

measure() { # LABEL COMMAND...
    python3 - "$@" <<'PYTHON'
import os, subprocess, sys, time
start = time.time()
child = subprocess.Popen(sys.argv[2:], stdin=3 if os.environ.get("STREAM") else None,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
output = child.stdout.read()
_, status, usage = os.wait4(child.pid, 0)
assert status == 0, "%s ended with status %d" % (sys.argv[1], status)
import json
try:
    report = json.loads(output)
    stored = "%12d bytes stored, %d of %d chunks new" % (
        report["stored_bytes"], report["new_chunks"], report["chunks"])
except ValueError:
    stored = ""
peak = usage.ru_maxrss / 1024
print("%-22s %6.1f s, peak %4.0f MiB  %s" % (sys.argv[1], time.time() - start, peak, stored))
assert peak <= 256, "over the memory limit"
PYTHON
}

measure "write" "$pins" write board table data/table.csv --json 3</dev/null
cp data/table.csv data/first.csv
python3 - <<'PYTHON'
import random
numbers = random.Random(2)
with open("data/table.csv", "r+b") as table:
    size = table.seek(0, 2)
    for _ in range(10):
        table.seek(numbers.randrange(size - 2_000_000))
        table.write(numbers.randbytes(500_000).hex().encode())
PYTHON
measure "write, 1 % edited" "$pins" write board table data/table.csv --json 3</dev/null
first=$("$pins" versions board table --json | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["version"])')
measure "read the first" "$pins" read board table --version "$first" -o back/first.csv 3</dev/null
measure "read the second" "$pins" read board table -o back/second.csv 3</dev/null
cmp back/first.csv data/first.csv
cmp back/second.csv data/table.csv
"$pins" verify board --data
rm -rf back data

if [ "$stream_gib" -gt 0 ]; then
    STREAM=1 measure "write $stream_gib GiB stream" "$pins" write stream random - \
        --file-name random.bin --json 3< <(head -c "${stream_gib}G" /dev/urandom)
    measure "read 1 MiB of it" "$pins" read stream random --range 1000000:2048576 -o part 3</dev/null
    rm -f part
fi
