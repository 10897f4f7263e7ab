#!/bin/bash
# The main job, on data made on the spot: three versions of a table of over 50 MB are written to a
# folder board, listed, read back by hash and compared; at the end, what they cost in each form.
# Everything is under Demo/, which is made anew; look around in it afterwards.
set -euo pipefail
cd "$(dirname "$0")/.."

pins=${PINS:-.build/release/pins}
python=${PINS_PYTHON:-$(Scripts/python.sh)}
demo=Demo
board=$demo/board
name=orders

step() { printf '\n== %s\n' "$*"; }
show() {
    printf '$'
    printf ' %q' "$@"
    printf '\n'
    "$@"
}
digest() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -c1-64
}

rm -rf "$demo"
mkdir -p "$demo/zstd" "$demo/back"

step "Three versions of a table: a week of orders more each time, and some rows corrected"
show "$python" Scripts/make_table.py "$demo/tables"

step "Written to a board, one after another"
for version in v1 v2 v3; do
    show "$pins" write "$board" "$name" "$demo/tables/$version/orders.csv" --type csv \
        --title "Orders" --description "the table as of $version"
done

step "What the board holds"
show "$pins" list "$board"
show "$pins" versions "$board" "$name"
show "$pins" meta "$board" "$name"

step "Read back by hash and compared byte by byte"
versions=$("$pins" versions "$board" "$name" --json | "$python" -c \
    'import json, sys; print(*[entry["version"] for entry in json.load(sys.stdin)])')
number=0
for version in $versions; do
    number=$((number + 1))
    original=$demo/tables/v$number/orders.csv
    hash=$(digest "$original")
    show "$pins" read "$board" "$name" --version "$version" --hash "$hash" \
        -o "$demo/back/v$number.csv"
    cmp "$original" "$demo/back/v$number.csv"
    echo "version $number is identical, SHA-256 $hash"
done
test "$number" = 3 || { echo "the board has $number versions, not 3" >&2; exit 1; }
show "$pins" verify "$board" --data

step "What three versions cost (du, MB of 1000 kB)"
for version in v1 v2 v3; do
    zstd -q -3 "$demo/tables/$version/orders.csv" -o "$demo/zstd/$version.csv.zst"
done
"$python" - "$demo" <<'PYTHON'
import subprocess, sys

demo = sys.argv[1]


def du(path):
    return int(subprocess.check_output(["du", "-sk", path]).split()[0]) * 1024


rows = [("as files", "tables"), ("as zstd -3 files", "zstd"), ("as this board", "board")]
plain = du(f"{demo}/tables")
print(f"{'':18}{'MB':>8}{'of the files':>15}")
for title, folder in rows:
    size = du(f"{demo}/{folder}")
    print(f"{title:18}{size / 1e6:8.1f}{size / plain:15.1%}")
PYTHON
