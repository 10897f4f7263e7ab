#!/bin/sh
# Runs the Connect part of pins for Python's own tests against the stand-in: its fidelity.
# Prints the result; fails if fewer than 97 tests pass, or any fails.
#   Tests/ConnectServer/run-pins-suite.sh
set -eu
cd "$(dirname "$0")/../.."
venv=$PWD/.build/venv-connect
server=$PWD/Tests/ConnectServer
if ! test -e "$venv/done-0.9.2"; then
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        'pins==0.9.2' 'pytest<9' pytest-cases pytest-dotenv rdata s3fs gcsfs adlfs pyarrow \
        fastparquet
    touch "$venv/done-0.9.2"
fi
work=$(mktemp -d)
trap 'exec 9>&-; rm -rf "$work"' EXIT INT TERM
# The tests look for files beside the package, by paths below the working directory.
package=$("$venv/bin/python" -c 'import os, pins; print(os.path.dirname(pins.__file__))')
cp -R "$package" "$work/pins"
cat > "$work/pytest.ini" <<'END'
[pytest]
markers =
    fs_file: file
    fs_s3: s3
    fs_gcs: gcs
    fs_abfs: abfs
    fs_rsc: rsc
    fs_dbc: dbc
    skip_on_github: skip
END
mkfifo "$work/stdin"
PYTHONPATH=$server python3 -m connect_server --folder "$work" < "$work/stdin" > "$work/ready" &
# The server ends when this end of the pipe is closed.
exec 9> "$work/stdin"
until test -s "$work/ready"; do sleep 0.1; done
"$venv/bin/python" - "$work" > "$work/url" <<'END'
import json, sys
ready = json.loads(open(f"{sys.argv[1]}/ready").readline())
with open(f"{sys.argv[1]}/pins/tests/rsconnect_api_keys.json", "w") as file:
    json.dump(ready["keys"], file)
# Their golden page names the address of the server that they test with.
page = f"{sys.argv[1]}/pins/tests/_snapshots/test_board_pin_write_rsc_index_html/index.html"
text = open(page).read()
with open(page, "w") as file:
    file.write(text.replace("http://localhost:3939", ready["url"]))
print(ready["url"])
END
cd "$work"
CONNECT_SERVER=$(cat url) PINS_ALLOW_RSC_SHORT_NAME=1 PINS_DATA_DIR=$work/data \
    "$venv/bin/python" -m pytest -q -p no:cacheprovider -m fs_rsc pins "$@" > result 2>&1 || true
tail -20 result
passed=$(grep -o '[0-9]* passed' result | tail -1 | cut -d' ' -f1)
failed=$(grep -Eo '[0-9]+ (failed|error)' result | tail -1 | cut -d' ' -f1)
echo "pins 0.9.2 against the stand-in: ${passed:-0} passed, ${failed:-0} failed (97 are needed)"
test "${passed:-0}" -ge 97 && test "${failed:-0}" -eq 0
