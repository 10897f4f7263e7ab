#!/bin/sh
# A wheel as a stranger has it: installed into a fresh virtual environment, where no Swift is to be found, and
# used; also with pandas and pins for Python and by the README's script, where the tests have those.
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
# What the tests have installed, such as pandas, is to be found from there; the wheel comes first.
tested=$PWD/.build/venv-pins
[ ! -x "$tested/bin/python" ] || "$tested/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
    >"$("$work/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/tested.pth"
sed -n '/^```python$/,/^```$/{/^```/!p;}' README.md >"$work/sales.py"
printf 'city,people\nOslo,717710\nBergen,291940\n' >"$work/sales.csv"
cd "$work"
mkdir boards
stranger() {
    env -i PATH=/usr/bin:/bin HOME="$work" TMPDIR="${TMPDIR:-/tmp}" LC_ALL=C.UTF-8 "$@"
}
stranger venv/bin/python - "$(basename "$wheel")" <<'PROGRAM'
import fsspec, pinsfs, re, subprocess, sys

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
inside = {match[1] for name in names if (match := re.search(r"/pinsfs[^/]*/lib(\w+)[-.]", name))}
if "manylinux" in sys.argv[1]:
    # Python's own hashlib may have the system's libcrypto beside it.
    assert inside >= {"pins", "curl", "crypto", "zstd"}, names
    library = next(name for name in names if name.endswith("/libpins.so.0"))
    needed = subprocess.run(["ldd", library], capture_output=True, text=True).stdout
    paths = re.findall(r"\blib(?:curl|crypto|zstd|ssl|yaml|xxhash)\S* => (\S+)", needed)
    assert len(paths) >= 6 and all("/pinsfs.libs/" in path for path in paths), needed
print("wheel: ok,", sys.argv[1])
PROGRAM
if ! stranger venv/bin/python -c 'import pandas, pyarrow, pins' 2>/dev/null; then
    echo "WHEEL IS NOT TRIED WITH PANDAS AND PINS: there is no .build/venv-pins (no PyPI?)" >&2
    exit 0
fi
stranger venv/bin/python -B sales.py >said
grep -q "b'city,people' Sales" said && grep -q '(2, 2) True' said || {
    echo "the README's script says:" >&2
    cat said >&2
    exit 1
}
stranger venv/bin/python -B - <<'PROGRAM'
import os, pandas, pins, pinsfs

frame = pandas.DataFrame({"city": ["Oslo", "Bergen"], "people": [717710, 291940]})
frame.to_parquet("pinsfs://boards/other/cities/latest/cities.parquet")
assert pandas.read_parquet("pinsfs://boards/other/cities/latest/cities.parquet").equals(frame)
shared = pins.board("pinsfs", "boards/other")
shared.pin_write(frame, "frame", type="csv")
assert shared.pin_read("frame").equals(frame) and shared.pin_list() == ["cities", "frame"]
assert "/site-packages/pinsfs" in pinsfs.__file__ and "/venv/" in pinsfs.__file__
print("wheel: ok, with pandas", pandas.__version__, "and pins", pins.__version__, flush=True)
# A thread of pyarrow may still let go of what it read while the interpreter ends: it ends here.
os._exit(0)
PROGRAM
