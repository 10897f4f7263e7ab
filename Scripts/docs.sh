#!/bin/bash
# The documentation of every library as pages, by DocC: one folder for each in .build/docs.
# Links to declarations of other libraries stay words, and parameters whose names say all have no line of their own;
# any other warning is a failure.
#
#   Scripts/docs.sh [MODULE...]
set -euo pipefail
cd "$(dirname "$0")/.."
swift=${SWIFT:-swift}
all=(PinFormat PinTransforms PinStorage PinEngine Pins PinsCoding PinsHTTP PinsWeb PinsS3 PinsConnect
    PinTesting)
modules=("$@")
[ $# -gt 0 ] || modules=("${all[@]}")
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
for module in "${all[@]}"; do
    mkdir "$work/$module"
    "$swift" symbolgraph-extract -module-name "$module" -I "$products/Modules" "${maps[@]}" \
        -target "$target" -minimum-access-level public -output-dir "$work/$module"
done
for module in "${modules[@]}"; do
    catalog=Sources/$module/$module.docc
    [ -d "$catalog" ] || { catalog=$work/$module.docc; mkdir "$catalog"; }
    rm -rf ".build/docs/$module"
    docc convert "$catalog" --additional-symbol-graph-dir "$work/$module" \
        --output-path ".build/docs/$module" --transform-for-static-hosting \
        --fallback-display-name "$module" --fallback-bundle-identifier "swift-pins.$module" \
        >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
    python3 - "$work" "$module" <<'WARNINGS'
import json, pathlib, re, sys

work, module = pathlib.Path(sys.argv[1]), sys.argv[2]
others = set()
for graph in work.glob("*/*.symbols.json"):
    if graph.parent.name != module:
        others.add(graph.parent.name)
        others |= {symbol["pathComponents"][0] for symbol in json.loads(graph.read_text())["symbols"]}
bad = []
for warning in re.split(r"^(?=warning: )", (work / "log").read_text(), flags=re.M)[1:]:
    link = re.match(r"warning: '(\w+)[^']*' doesn't exist at", warning)
    if not (link and link[1] in others or "is missing documentation" in warning.splitlines()[0]):
        bad.append(warning)
sys.exit("".join(bad) or None)
WARNINGS
    printf '%-14s %5d pages\n' "$module" "$(find ".build/docs/$module/data" -name '*.json' | wc -l)"
done
