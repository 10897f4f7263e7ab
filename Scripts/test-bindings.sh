#!/bin/sh
# The tests beside Swift's: the C library, the Python package, what the documents say, recovery
# without us, and what the engine alone is linked with. After 'swift build --build-tests'.
set -eu
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}
binaries=$($swift build --show-bin-path)
library=.build/libpins-debug
PINS_COMMAND=$PWD/$binaries/pins
[ "${binaries#/}" = "$binaries" ] || PINS_COMMAND=$binaries/pins
export PINS_COMMAND

Scripts/libpins.sh debug "$library" --shared-only >"$library.log" 2>&1 || {
    cat "$library.log" >&2
    exit 1
}
Tests/CLibrary/run.sh "$library"
python3 -B Tests/CLibrary/abi.py "$library"
Tests/EngineOnly/run.sh "$binaries/EngineOnly"
python3 -B Tests/Recovery/run.py "$PINS_COMMAND"
Bindings/python/run-tests.sh "$library"
python3 -B Tests/Documents/run.py "$PINS_COMMAND" "$library"
