#!/bin/bash
# The documentation of every library as pages, by DocC: one folder for each in .build/docs.
# Links to declarations of other libraries stay words.
#
#   Scripts/docs.sh [MODULE...]
set -euo pipefail
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}
modules=("$@")
[ $# -gt 0 ] || modules=(PinFormat PinTransforms PinStorage PinEngine Pins PinsCoding PinsHTTP PinsWeb
    PinsS3 PinsConnect PinTesting)
"$swift" build
products=$("$swift" build --show-bin-path)
target=$("$swift" -print-target-info | sed -n 's/^ *"triple": "\(.*\)",$/\1/p' | head -1)
maps=()
for map in Sources/C*/module.modulemap "$products"/CPinKernels.build/module.modulemap; do
    maps+=(-Xcc "-fmodule-map-file=$map")
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p .build/docs
for module in "${modules[@]}"; do
    mkdir "$work/$module"
    "$swift" symbolgraph-extract -module-name "$module" -I "$products/Modules" "${maps[@]}" \
        -target "$target" -minimum-access-level public -output-dir "$work/$module"
    catalog=Sources/$module/$module.docc
    [ -d "$catalog" ] || { catalog=$work/$module.docc; mkdir "$catalog"; }
    rm -rf ".build/docs/$module"
    docc convert "$catalog" --additional-symbol-graph-dir "$work/$module" \
        --output-path ".build/docs/$module" --transform-for-static-hosting \
        --fallback-display-name "$module" --fallback-bundle-identifier "swift-pins.$module" \
        >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
    printf '%-14s %5d pages\n' "$module" "$(find ".build/docs/$module/data" -name '*.json' | wc -l)"
done
