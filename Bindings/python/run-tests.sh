#!/bin/sh
# Tests the Python package as a user has it: a wheel that is installed, with real pandas, pyarrow,
# DuckDB and pins for Python 0.9.2.
#   Bindings/python/run-tests.sh LIBRARY_FOLDER [pytest arguments]
set -eu
cd "$(dirname "$0")/../.."
library=$1
shift
venv=$PWD/.build/venv-pins
target=$PWD/.build/python-tests
if [ ! -x "$venv/bin/python" ]; then
    echo "PYTHON BINDINGS ARE NOT TESTED: there is no .build/venv-pins (no PyPI?)" >&2
    exit 0
fi
# What only these tests need; without PyPI the tests that need it are skipped, loudly.
if ! "$venv/bin/python" -c 'import duckdb, wheel' 2>/dev/null; then
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check wheel duckdb || {
        echo "PYTHON BINDINGS: wheel and duckdb cannot be installed; the package is tested unbuilt" >&2
    }
fi
rm -rf "$target"
if "$venv/bin/python" -c 'import wheel' 2>/dev/null; then
    PYTHON="$venv/bin/python" Bindings/python/wheel.sh "$library" "$target/wheels"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-index \
        --target "$target" "$target"/wheels/pinsfs-*.whl
    export PYTHONPATH="$target"
else
    export PYTHONPATH="$PWD/Bindings/python/src" PINS_LIBRARY="$library/libpins.so.0"
fi
exec "$venv/bin/python" -B -m pytest -q -p no:cacheprovider "$@" Bindings/python/tests
