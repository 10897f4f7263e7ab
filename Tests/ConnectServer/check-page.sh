#!/bin/sh
# Looks at the page of a pin in a real Chromium (Debian: chromium): its rows, its links, its script,
# and that a title which is markup stays text. A screenshot is left in .build/connect-page.png.
#   Tests/ConnectServer/check-page.sh [PINS]
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
pins=$(realpath "${1:-.build/release/pins}")
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if test -z "$chromium"; then
    echo "SKIPPED: the page of a pin in a browser: install chromium" >&2
    exit 0
fi
work=$(mktemp -d)
trap 'exec 9>&-; rm -rf "$work"' EXIT INT TERM
mkfifo "$work/stdin"
PYTHONPATH=$root/Tests/ConnectServer python3 -B -m connect_server --folder "$work" \
    < "$work/stdin" > "$work/ready" &
exec 9> "$work/stdin"
until test -s "$work/ready"; do sleep 0.1; done
field() { python3 -c "import json, sys; r = json.load(open('$work/ready')); print($1)"; }
export CONNECT_SERVER CONNECT_API_KEY PINS_CACHE_DIR
CONNECT_SERVER=$(field 'r["url"]')
CONNECT_API_KEY=$(field 'r["keys"]["susan"]')
PINS_CACHE_DIR=$work/cache
cd "$work"
python3 -c '
print("row,text")
for row in range(35):
    print(f"{row},\"<b>cell {row}</b> & more\"")' > rows.csv
"$pins" write connect: susan/page rows.csv --type csv --access-type all \
    --title '<script>document.title = "hurt"</script>' --tag '<i>tag</i>' > version
guid=$(python3 - <<'END'
import json, os, urllib.request
request = urllib.request.Request(os.environ["CONNECT_SERVER"] + "/__api__/v1/content?name=page")
request.add_header("Authorization", "Key " + os.environ["CONNECT_API_KEY"])
print(json.load(urllib.request.urlopen(request))[0]["guid"])
END
)
url=$CONNECT_SERVER/content/$guid/
browse() {
    "$chromium" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
        --user-data-dir="$work/profile" --window-size=1100,1400 "$@" 2>> errors
}
browse --dump-dom "$url" > dom
mkdir -p "$root/.build"
browse --screenshot="$root/.build/connect-page.png" "$url"
python3 - "$url" <<'END'
import html.parser, sys, urllib.parse, urllib.request

class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.shown, self.hidden, self.links, self.scripts, self.title = [], [], [], 0, ""
        self.inside, self.row, self.tag = False, None, None

    def handle_starttag(self, tag, fields):
        fields = dict(fields)
        self.tag = tag
        self.scripts += tag == "script"
        if tag == "tbody":
            self.inside = True
        if tag == "tr" and self.inside:
            self.row = self.hidden if "hidden" in fields else self.shown
            self.row.append("")
        if tag == "a":
            self.links.append(fields["href"])
        assert "src" not in fields and tag not in ("link", "img", "i", "b"), (tag, fields)

    def handle_endtag(self, tag):
        if tag == "table":
            self.inside, self.row = False, None
        self.tag = None

    def handle_data(self, data):
        if self.tag == "title":
            self.title += data
        if self.inside and self.row:
            self.row[-1] += data

page = Page()
text = open("dom", encoding="utf-8").read()
# The facts are a table of their own, before the preview.
start = text.index('id="preview"')
page.feed(text)
rows = [row for row in page.shown if "cell" in row], [row for row in page.hidden if "cell" in row]
assert page.title == '<script>document.title = "hurt"</script>', page.title
assert len(rows[0]) == 10 and len(rows[1]) == 25, [len(r) for r in rows]
assert "<b>cell 0</b> & more" in rows[0][0], rows[0][0]
assert "Page 1 of 4" in text, "the script of the page did not run"
assert page.scripts == 1, page.scripts
data = urllib.request.urlopen(urllib.parse.urljoin(sys.argv[1], page.links[0])).read()
assert data == open("rows.csv", "rb").read()
print(f"the page: {len(rows[0])} of {len(rows[0]) + len(rows[1])} rows shown, "
      f"{len(page.links)} link, title is text")
END
# The data of this one are for no browser: its page says what reads them.
"$pins" write connect: susan/engine-page rows.csv --type csv --access-type all --bundle engine \
    --vanity-path engine/page > version
browse --dump-dom "${CONNECT_SERVER}/engine/page/" > dom
python3 - <<'END'
text = open("dom", encoding="utf-8").read()
assert "Page 1 of 4" in text and "&lt;b&gt;cell 0&lt;/b&gt; &amp; more" in text, text
assert "pins read connect+http://127.0.0.1" in text, text
assert "href=" not in text and "pin_read" not in text, text
print("the page of an engine bundle: its preview, and what reads it")
END
echo "screenshot: .build/connect-page.png"
