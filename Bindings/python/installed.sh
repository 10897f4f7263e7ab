#!/bin/sh
# A wheel as a stranger has it: installed into a fresh virtual environment, and used.
#   Bindings/python/installed.sh WHEEL_FOLDER
set -eu
cd "$(dirname "$0")/../.."
wheel=$(ls -t "$1"/pinsfs-*.whl | head -1)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$wheel" || {
    echo "WHEEL IS NOT TRIED: it or fsspec cannot be installed (no PyPI?)" >&2
    exit 0
}
cd "$work"
env -u PINS_LIBRARY -u PYTHONPATH -u LD_LIBRARY_PATH venv/bin/python - "$(basename "$wheel")" <<'PROGRAM'
import fsspec, pinsfs, re, sys

with pinsfs.Board("board") as board:
    assert not board.write("x", b"hello", path="x.txt")["unchanged"]
    assert board.read("x", start=1, end=4) == b"ell" and board.verify(data=True)["ok"]
with fsspec.open("pinsfs://board/x/latest/x.txt") as file:
    assert file.read() == b"hello"
# curl answers, and with a status of its own.
try:
    pinsfs.Board("http://127.0.0.1:1/", mode="open")
    raise SystemExit("nobody listens there")
except pinsfs.Error:
    pass
names = {line.split()[-1] for line in open("/proc/self/maps")} if sys.platform == "linux" else set()
ours = [name for name in names if re.search(r"/lib(pins|curl|crypto|zstd)[-.]", name)]
if "manylinux" in sys.argv[1]:
    assert len(ours) >= 4 and all("/site-packages/pinsfs" in name for name in ours), ours
print("wheel: ok,", sys.argv[1])
PROGRAM
