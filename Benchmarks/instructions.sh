#!/bin/sh
# Counts the instructions of fixed jobs under callgrind and compares them with Results/instructions.json:
# a guard against regressions where the clock is too noisy.
#
#   Benchmarks/instructions.sh [--update] [JOB…]     all jobs if none is named; --update writes the file
#
# Fails where a count is more than 3 % off, in either direction. Needs valgrind, Python 3 and strip.
set -eu
cd "$(dirname "$0")/.."
command -v valgrind >/dev/null || { echo "instructions: valgrind is missing; see make instructions" >&2; exit 1; }
${SWIFT:-swift} build -c release --package-path Benchmarks --product pins-instructions
exec python3 Benchmarks/instructions.py "$@"
