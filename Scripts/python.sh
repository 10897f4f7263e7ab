#!/bin/sh
# Prints the path of a Python 3 that has the module zstandard; fails if there is none.
# The first python3 of the PATH may be one of pyenv or Homebrew, which do not see the
# distribution's modules, so the system's own is tried as well.
cd "$(dirname "$0")/.." || exit 1
for python in "${PINS_PYTHON:-}" python3 /usr/bin/python3 "$PWD/.build/venv/bin/python"; do
    test -n "$python" || continue
    path=$(command -v "$python") || continue
    if "$path" -c 'import zstandard' >/dev/null 2>&1; then
        echo "$path"
        exit 0
    fi
done
echo "no Python 3 with the module zstandard: run 'make setup'" >&2
exit 1
