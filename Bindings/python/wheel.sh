#!/bin/sh
# Builds a wheel with the C library inside.
#   Bindings/python/wheel.sh LIBRARY_FOLDER OUTPUT_FOLDER
# PYTHON names an interpreter that has setuptools and wheel; else pip fetches them.
set -eu
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Debian's Python comes without pip; its virtual environments have one.
if ! "$python" -m pip --version >/dev/null 2>&1; then
    "$python" -m venv "$work/venv"
    python=$work/venv/bin/python
fi
mkdir "$work/package"
cp -R Bindings/python/src Bindings/python/pyproject.toml Bindings/python/setup.py \
    Bindings/python/README.md "$work/package"
for file in "$1/libpins.so.0" "$1/libpins.0.dylib"; do
    [ ! -e "$file" ] || cp -L "$file" "$work/package/src/pinsfs/"
done
isolation=
! "$python" -c 'import setuptools, wheel' 2>/dev/null || isolation=--no-build-isolation
mkdir -p "$2"
"$python" -m pip wheel --quiet --disable-pip-version-check --no-deps $isolation \
    --wheel-dir "$2" "$work/package"
ls "$2"/pinsfs-*.whl
