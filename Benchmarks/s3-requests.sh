#!/bin/sh
# Requests, bytes and memory of operations on boards in a bucket, beside pins for Python over s3fs:
# writes Benchmarks/Results/s3.md.
set -eu
cd "$(dirname "$0")/.."
python=$(Scripts/s3-setup.sh)
"${SWIFT:-swift}" build -c release --product pins
exec "$python" Benchmarks/s3_requests.py "${PINS:-.build/release/pins}" Benchmarks/Results/s3.md
