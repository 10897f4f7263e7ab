#!/bin/sh
# The product PinEngine is linked without HTTP, YAML, argument parsing or Foundation: in what the
# program EngineOnly loads, and in the graph of the package.
#   Tests/EngineOnly/run.sh PROGRAM
set -eu
cd "$(dirname "$0")/../.."
fail() {
    echo "engine only: $*" >&2
    exit 1
}
[ "$("$1")" = "engine only" ] || fail "$1 does not run"
if command -v ldd >/dev/null; then
    loaded=$(ldd "$1" | awk '{print $1}')
    echo "$loaded" | grep -q '^libzstd' || fail "libzstd is not loaded: $loaded"
    for name in curl expat yaml xxhash libz.so Foundation ArgumentParser nghttp ssl.so; do
        ! echo "$loaded" | grep -q "$name" || fail "$name is loaded"
    done
fi
${SWIFT:-swift} package describe --type json >.build/description.json
python3 - .build/description.json <<'PYTHON'
import json, sys
package = json.load(open(sys.argv[1]))
targets = {target["name"]: target for target in package["targets"]}
product = next(product for product in package["products"] if product["name"] == "PinEngine")
todo, needed, products = list(product["targets"]), set(), set()
while todo:
    name = todo.pop()
    if name not in needed:
        needed.add(name)
        todo += targets[name].get("target_dependencies", [])
        products |= set(targets[name].get("product_dependencies", []))
allowed = {"PinEngine", "PinStorage", "PinTransforms", "PinFormat", "CPinKernels", "CZstd", "CCrypto"}
assert needed == allowed, f"PinEngine needs {sorted(needed ^ allowed)}"
assert not products, f"PinEngine needs the products {products}"
print("engine only:", ", ".join(sorted(needed)))
PYTHON
