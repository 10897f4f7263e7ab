#!/bin/sh
# Scripts/torture.sh [SECONDS [SEED]]: power cuts, races and kills, with a fresh seed unless one is given.
# Ends with another status than 0, and says how to run it again, on the first loss.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
seed=${2:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
part=$((seconds / 3))
echo "torture: $seconds seconds, seed $seed; again with: make torture SECONDS=$seconds SEED=$seed"
log=.build/torture.log
mkdir -p .build
PINS_CRASH_SECONDS=$part PINS_CRASH_SEED=$seed swift test --skip-build --disable-xctest \
    --filter 'PinEngineTests.CrashTests' >"$log" 2>&1 || {
    grep -E '✘|↳|rror' "$log" | head -n 20
    echo "LOST after a power cut, seed $seed; all of it in $log"
    exit 1
}
grep -iE '^ *crashes' "$log" || tail -n 1 "$log"
# Sets and dictionaries in the same order each time: then a seed is a run.
SWIFT_DETERMINISTIC_HASHING=1 .build/release/pins-torture run $((seconds - part)) "$seed"
