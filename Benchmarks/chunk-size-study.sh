#!/bin/bash
# What three versions of a payload cost by average chunk size, deltas on: bytes of all packs. Prints a Markdown table.
#
#   Benchmarks/chunk-size-study.sh [SIZE] [FOLDER]    defaults: 32MiB, a new temporary folder
#
# Needs the release builds of `pins` and of this package (make bench makes both) and zstd.
set -euo pipefail
cd "$(dirname "$0")/.."
corpus=$(realpath Benchmarks/.build/release/pins-corpus)
pins=$(realpath .build/release/pins)
size=${1:-32MiB}
folder=${2:-$(mktemp -d)}
mkdir -p "$folder"
cd "$folder"
trap 'rm -rf "$folder/board" "$folder"/version* "$folder/data"' EXIT
averages="32 64 128 256 512"
cases="csv/scatter:0.001 csv/block:0.01 csv/sort csv/rewrite-column csv/append:0.01 csv/delete:0.001
csv/add-column jsonl/scatter:0.001 jsonl/delete:0.001 columns/scatter:0.001 columns/append:0.01
log/append:0.05"

echo "Three versions of $size each, bytes of all packs by average chunk in KiB; the last column is each version"
echo "as a file of its own under \`zstd -3\`."
echo
echo "| series |$(printf ' %s |' $averages) zstd files |"
echo "| --- |$(printf ' --: |%.0s' $averages) --: |"
for case in $cases; do
    files=0
    for version in 1 2 3; do
        "$corpus" "${case%%/*}" --size "$size" --seed 3 --edit "${case#*/}" \
            --version $version -o version$version
        files=$((files + $(zstd -3 -q -c version$version | wc -c)))
    done
    row="| $case |"
    for average in $averages; do
        rm -rf board
        "$pins" init board --chunk-average "${average}KiB" >/dev/null 2>&1
        for version in 1 2 3; do
            cp version$version data
            "$pins" write board series data --quiet >/dev/null
        done
        row="$row $(cat board/packs/* | wc -c) |"
    done
    echo "$row $files |"
done
