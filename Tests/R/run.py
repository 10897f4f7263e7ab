#!/usr/bin/env python3
"""Goal: R reads the plain boards that we write, and we read those that R writes, with the calls that
pins for R makes (pins.R); a program in R writes and reads boards of the engine over the C library.
Method: both sides say what they find, and that is compared.
    Tests/R/run.py PINS LIBRARY_FOLDER     PINS: the command
Where R or a package is missing, it says so and is skipped."""
import hashlib, json, os, pathlib, shutil, subprocess, sys, tempfile

here = pathlib.Path(__file__).resolve().parent
root, pins, library = here.parents[1], sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
work = pathlib.Path(tempfile.mkdtemp(prefix="pins-r-"))
TABLE, LIST = "cyl,name\n6,Mazda \u00e9\n8,\"Duster, 360\"\n", '[{"a":1,"b":"x"},{"a":2,"b":"y"}]'
METADATA = {
    "yes": "yes", "n": 1.5, "no": False, "hash": "12345678e1234567", "octal": "0777",
    "list": [1, 2], "texts": ["a", "~"], "nested": {"a": "x: y", "b": {"c": "# no"}},
    "date": "2026-01-01", "nothing": None, "big": 1e10, "lines": "- a\n# b\n", "empty": "",
    "r": "!expr 1 + 1", "count": 3, "words": "\u00fc \U0001f600"}


def check(condition, what):
    if not condition:
        sys.exit(f"R: {what}")


def run(*command, **options):
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, **options)
    check(done.returncode == 0, f"{command} ended with {done.returncode}: {done.stderr}{done.stdout}")
    return done.stdout


def call(*arguments):
    return json.loads(run(pins, *arguments, "--json", "--quiet"))


def read(board):
    return json.loads(run("Rscript", "--vanilla", here / "read.R", board))


def same(board, found):
    """R and we say the same of a board."""
    location = f"plain:{board}"
    listed = {pin["name"]: pin["versions"] for pin in call("list", location)}
    check(listed == {name: len(versions) for name, versions in found.items()}, f"list {listed}")
    for name, versions in found.items():
        ours = call("versions", location, name)
        check([one["version"] for one in ours] == [one["version"] for one in versions], ours)
        for theirs in versions:
            meta, where = theirs["meta"], f"{name} {theirs['version']}"
            mine = call("meta", location, name, "--version", theirs["version"])
            listed = meta["file"] if isinstance(meta["file"], list) else [meta["file"]]
            check([file["name"] for file in mine["files"]] == sorted(listed), f"{where}: {listed}")
            for field in ("title", "description", "pin_hash"):
                check(mine[field] == meta.get(field), f"{where}: {field} {mine[field]!r}")
            for field in ("tags", "urls"):
                value = meta.get(field) or []
                check(mine[field] == (value if isinstance(value, list) else [value]),
                      f"{where}: {field} {mine[field]} {value}")
            check(mine["created"] == theirs["created"], f"{where}: created {mine['created']}")
            for file, digest in zip(listed, theirs["sha256"]):
                data = subprocess.run(
                    [pins, "read", location, name, file, "--version", theirs["version"], "--hash",
                     digest], capture_output=True).stdout
                check(hashlib.sha256(data).hexdigest() == digest, f"{where}: {file} differs")
            run(pins, "read", location, name, "--version", theirs["version"], "--hash",
                meta["pin_hash"], "-o", work / "out")
    verified = call("verify", location, "--data")
    check(verified["ok"], f"verify {verified}")


def reads_ours():
    """What the command writes, as pins for R reads it."""
    board, files = work / "ours", work / "files"
    (files / "tree").mkdir(parents=True)
    (files / "table.csv").write_text(TABLE, encoding="utf-8")
    (files / "list.json").write_text(LIST)
    (files / "one.txt").write_text("a\n")
    (files / "two.txt").write_text("b\n")
    run("Rscript", "--vanilla", "-e", f"saveRDS(mtcars, '{files}/object.rds', version = 2)")
    location = f"plain:{board}"
    call("write", location, "table", files / "table.csv", "--type", "csv")
    call("write", location, "table", files / "table.csv", "--type", "csv", "--title", "T: \u00e9",
         "--description", "yes", "--tag", "on", "--tag", "b", "--url", "https://posit.co/",
         "--metadata", json.dumps(METADATA), "--created", "2026-01-02T03:04:05Z")
    call("write", location, "list", files / "list.json", "--type", "json")
    call("write", location, "object", files / "object.rds", "--type", "rds")
    call("write", location, "files", files / "one.txt", files / "two.txt")
    call("write", location, "n", files / "one.txt")
    call("edit", location, "n", "--title", "123")
    found = read(board)
    same(board, found)
    first, table = found["table"]
    check(first["meta"]["title"] == "table: a pinned .csv file", first["meta"])
    check(table["meta"]["user"] == METADATA, f"metadata: {table['meta']['user']}")
    check(table["values"]["csv"] == [
        {"cyl": 6, "name": "Mazda \u00e9"}, {"cyl": 8, "name": "Duster, 360"}], table["values"])
    check(found["list"][0]["values"]["json"] == json.loads(LIST), found["list"])
    check(len(found["object"][0]["values"]["rds"]) == 32, found["object"])
    for name, versions in found.items():
        for one in versions:
            if len(one["hashes"]) == 1:
                check(one["meta"]["pin_hash"] == one["hash"], f"{name}: R computes {one['hash']}")
    check(found["files"][0]["meta"]["pin_hash"] == "393118599e84ff4b", found["files"])
    # In turn: R adds a version, which is then the latest for us, and we one after it.
    again = run("Rscript", "--vanilla", here / "write.R", board, work, "again")
    check(call("meta", location, "cars")["version"] == again, "R's version is not the latest")
    ours = call("write", location, "cars", files / "table.csv", "--type", "csv")["version"]
    check([one["version"] for one in read(board)["cars"]] == [again, ours], "the order of versions")


def reads_theirs():
    """What pins for R writes, as the command reads it; and there and back again."""
    board, files = work / "theirs", work / "made"
    files.mkdir()
    written = json.loads(run("Rscript", "--vanilla", here / "write.R", board, files))
    found = read(board)
    names = [(name, one["version"]) for name, versions in found.items() for one in versions]
    check(sorted(names) == sorted((one["name"], one["version"]) for one in written), names)
    same(board, found)
    check(found["files"][0]["meta"]["pin_hash"] == "06114e6e2454373716295f136ca1d278", "R's hash")
    manifest = (board / "_pins.yaml").read_bytes()
    call("manifest", f"plain:{board}")
    check((board / "_pins.yaml").read_bytes() == manifest, "the manifest is not R's")
    engine, back = work / "engine", work / "back"
    call("copy", f"plain:{board}", engine)
    check(call("verify", engine, "--data")["ok"], "the copy is damaged")
    for one in written:
        mine, source = (
            call("meta", place, one["name"], "--version", one["version"])
            for place in (engine, f"plain:{board}"))
        for field in ("title", "description", "tags", "urls", "metadata", "created", "size"):
            check(mine[field] == source[field], f"{one}: {field} in the copy is {mine[field]}")
    call("copy", engine, f"plain:{back}")
    check(read(back) == found, "R reads something else after a copy there and back")


def example():
    """Examples/R: a shim in C, and R that writes and reads with it."""
    if not shutil.which("make") or not shutil.which(os.environ.get("CC", "cc")):
        print("R: THE EXAMPLE IS NOT BUILT: there is no C compiler or no make", file=sys.stderr)
        return
    folder = work / "example"
    shutil.copytree(root / "Examples/R", folder)
    environment = {
        **os.environ, "PKG_CPPFLAGS": f"-I{root}/Sources/CPins/include",
        "PKG_LIBS": f"-L{library} -lpins -Wl,-rpath,{library}"}
    run("R", "CMD", "SHLIB", "pins.c", cwd=folder, env=environment)
    out = run("Rscript", "--vanilla", "pins.R", cwd=folder, env=environment)
    check("32 11" in out and "no pin" in out, f"the example prints {out}")
    board = folder / "boards/team"
    check(call("verify", board, "--data")["ok"], "the example's board is damaged")
    check({pin["name"] for pin in call("list", board)} == {"mtcars", "model"}, "the example's pins")
    lines = (folder / "pins.R").read_text().splitlines()
    check(len(lines) <= 20, f"the example has {len(lines)} lines")


probe = "for (p in c('yaml', 'digest', 'jsonlite', 'rlang')) loadNamespace(p)"
if not shutil.which("Rscript") or subprocess.run(
        ["Rscript", "--vanilla", "-e", probe], capture_output=True).returncode:
    print("R IS NOT TESTED: R or its packages yaml, digest, jsonlite and rlang are missing",
          file=sys.stderr)
    sys.exit()
try:
    reads_ours()
    reads_theirs()
    example()
    version = run("Rscript", "--vanilla", "-e", "cat(R.version.string)")
    print(f"{version}: ok")
finally:
    shutil.rmtree(work, ignore_errors=True)
