#!/bin/sh
# Runs the mutation tests of a debug build and prints a table of the checks that were switched off
# and of the tests that noticed. Fails if a test did not notice, or if one fails for another reason.
set -u
log=$(mktemp)
trap 'rm -f "$log"' EXIT
${SWIFT:-swift} test --skip-build --disable-xctest --filter MutantTests >"$log" 2>&1
status=$?
# Other lines may begin before one of these has ended.
grep -oE 'mutant [a-z]+\.[A-Za-z.-]+ (caught by|SURVIVES) [A-Za-z.]+' "$log" | sort -u | awk '
  { name = $2; caught = ($3 == "caught"); test = $NF
    printf "%-34s %-9s %s\n", name, caught ? "caught" : "SURVIVES", test
    if (caught) good++; else bad++ }
  END { printf "%d checks were switched off, %d noticed, %d not\n", good + bad, good, bad
        if (bad || !good) exit 1 }' || status=1
if [ "$status" -ne 0 ]; then grep -E '✘|error:|Fatal' "$log" | grep -v 'known issue' | head -20; fi
exit "$status"
