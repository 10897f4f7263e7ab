#!/usr/bin/env python3
"""Goal: who copies from the documents gets what they say. Method: the blocks of shell, C and Python are
taken out of the README and the articles and run as they stand there, one after the other, in an empty
folder; only places on the reader's machine and names of versions are replaced, and each replacement
must have something to replace. The Swift blocks are compiled by ArticleTests.
    Tests/Documents/run.py PINS LIBRARY_FOLDER     PINS: the command"""
import hashlib, json, os, pathlib, re, shutil, signal, subprocess, sys, tempfile

root = pathlib.Path(__file__).resolve().parents[2]
pins, library = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
python = root / ".build/venv-pins/bin/python"
articles = root / "Sources/Pins/Pins.docc"
TABLE = "city,people\nOslo,717710\nBergen,291940\n"
environment = {
    **{name: value for name, value in os.environ.items() if not name.startswith(("PINS_", "AWS_"))},
    "CC": os.environ.get("CC", "cc")}


def fail(document, what):
    sys.exit(f"{document}: {what}")


def section(document, title):
    """The text below a heading, up to the next of its kind."""
    text = (root / document).read_text()
    mark = title.split(" ")[0]
    if f"\n{title}\n" not in "\n" + text:
        fail(document, f"there is no '{title}'")
    return re.split(rf"^{mark} ", ("\n" + text).split(f"\n{title}\n")[1], flags=re.M)[0]


def indented(text):
    """The blocks that are indented by four columns, which are for a shell."""
    blocks = re.findall(r"(?<=\n\n)((?:    .*\n)+)", f"\n\n{text}\n")
    return [re.sub(r"^    ", "", block, flags=re.M) for block in blocks]


def fenced(text, language):
    return re.findall(rf"```{language}\n(.*?)```", text, re.S)


def replaced(document, text, replacements):
    for old, new in replacements.items():
        if old not in text:
            fail(document, f"'{old}' does not stand there any more")
        text = text.replace(old, str(new))
    return text


def run(document, *command, **more):
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True,
        env={**environment, **more}, stdin=subprocess.DEVNULL)
    if done.returncode:
        fail(document, f"{command} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def shell(document, text, replacements={}):
    """A block line by line in one shell, which stops at the first that fails."""
    text = replaced(document, text, replacements)
    functions = f'pins() {{ "{pins}" "$@"; }}\npython3() {{ "{sys.executable}" -B "$@"; }}\n'
    return run(document, "bash", "-euo", "pipefail", "-c", functions + text)


def call(*arguments):
    return json.loads(run("pins", pins, *arguments, "--json", "--quiet"))


def prepare():
    """What the examples expect to be there."""
    pathlib.Path("boards").mkdir()
    pathlib.Path("sales.csv").write_text(TABLE)
    pathlib.Path("pictures/week").mkdir(parents=True)
    pathlib.Path("pictures/week/monday.jpg").write_bytes(bytes(range(256)))


def commands():
    """The README's command line; versions and hashes are those that come up."""
    name = "README.md"
    block = indented(section(name, "## On the command line"))[0]
    head, *rest = block.splitlines(keepends=True)
    shell(name, head)
    call("write", "plain:shared", "cities", "sales.csv")
    first = call("meta", "boards/team", "sales")
    pathlib.Path("sales.csv").write_text(TABLE + "Bodo,53712\n")
    call("write", "boards/team", "sales", "sales.csv")
    hash = hashlib.sha256(pathlib.Path("sales.csv").read_bytes()).hexdigest()[:8]
    out = shell(name, 'generate() { echo "a line"; }\n' + "".join(rest), {
        "20261123T160708Z-ca761": first["version"], "380801ef": hash,
        "plain:/data/pins": "plain:shared", "plain:/srv/www/pins": "plain:shared"})
    if pathlib.Path("copy.csv").read_bytes() != pathlib.Path("sales.csv").read_bytes():
        fail(name, "'pins read -o' gave other bytes")
    if TABLE not in out or not pathlib.Path("shared/_pins.yaml").exists():
        fail(name, f"the commands print {out}")
    found = {pin["name"] for pin in call("list", "boards/team")}
    if found != {"sales", "photos", "log", "cities"}:
        fail(name, f"the board has {found}")


def bucket():
    """The README's bucket; the script that it names starts a server, which is ended."""
    name, block = "README.md", indented(section("README.md", "## On the command line"))[1]
    servers = subprocess.run(
        [root / "Scripts/s3-setup.sh", "servers"], capture_output=True, text=True)
    if servers.returncode:
        print(f"{name}: THE BUCKET IS NOT TRIED: {servers.stderr.strip()}", file=sys.stderr)
        return
    out = shell(
        name, block + "echo; echo process $PINS_LOCAL_BUCKET; pins verify s3://demo/board\n",
        {"Scripts/local-bucket.sh": f"'{root}/Scripts/local-bucket.sh'",
         "s3://demo/board": f"s3://demo/documents-{os.getpid()}"})
    os.kill(int(out.split("process ")[1].split()[0]), signal.SIGTERM)


def program(language):
    blocks = fenced(section("README.md", "## From C and Python"), language)
    if len(blocks) != 1 or len(blocks[0].splitlines()) > 10:
        fail("README.md", f"one program in {language} of at most ten lines is wanted")
    return blocks[0]


def program_in_c():
    pathlib.Path("sales.c").write_text(program("c"))
    run("README.md", environment["CC"], "-Wall", "-Wextra", "-Werror", "sales.c", "-o", "sales",
        f"-I{root}/Sources/CPins/include", f"-L{library}", "-lpins", f"-Wl,-rpath,{library}")
    run("README.md", "./sales")
    if pathlib.Path("copy.csv").read_text() != TABLE:
        fail("README.md", "the program in C read other bytes than it wrote")


def python_variables():
    installed = root / ".build/python-tests"
    return {
        "PYTHONPATH": str(installed if installed.is_dir() else root / "Bindings/python/src"),
        "PINS_LIBRARY": str(next(library.glob("libpins*0*"))),
        "PINS_CACHE_DIR": str(pathlib.Path.cwd() / "cache")}


def program_in_python():
    if not python.exists():
        print("README.md: THE PYTHON SCRIPT IS NOT RUN: there is no .build/venv-pins",
              file=sys.stderr)
        return
    pathlib.Path("sales.py").write_text(program("python"))
    out = run("README.md", python, "-B", "sales.py", **python_variables())
    if "b'city,people' Sales" not in out or "(2, 2)" not in out or "True" not in out:
        fail("README.md", f"the script prints {out}")


def package():
    """The README of the Python package."""
    name = "Bindings/python/README.md"
    blocks = fenced((root / name).read_text(), "python")
    if len(blocks) != 1:
        fail(name, f"{len(blocks)} blocks of Python instead of one")
    if not python.exists():
        print(f"{name}: IS NOT RUN: there is no .build/venv-pins", file=sys.stderr)
        return
    board = pathlib.Path.cwd() / "data"
    pathlib.Path("before.py").write_text(
        "import pandas, pinsfs\n"
        "pandas.DataFrame({'a': range(100)}).to_parquet('sales.parquet')\n"
        f"pinsfs.Board('{board}').write('sales', 'sales.parquet')\n")
    # A thread of pyarrow may still let go of what it read while the interpreter ends, which aborts
    # the process (arrow::py::PyBuffer's destructor takes the lock that is gone): it ends here.
    pathlib.Path("package.py").write_text(replaced(
        name, blocks[0], {"/data/board": board, "s3://bucket/board": board})
        + "import os\nos._exit(0)\n")
    pathlib.Path("sales.csv").write_text(TABLE * 10)
    run(name, python, "-B", "before.py", **python_variables())
    run(name, python, "-B", "package.py", **python_variables())


def started():
    """The shell of 'Getting started'."""
    name = "Sources/Pins/Pins.docc/GettingStarted.md"
    blocks = indented((root / name).read_text())
    if not blocks:
        fail(name, "there is no block for a shell")
    out = shell(name, "".join(blocks))
    if json.loads(run(name, pins, "list", "boards/team", "--json"))[0]["name"] != "photos":
        fail(name, f"the commands print {out}")


def recovery():
    """Each way of 'Recovery', on a board with versions, deltas and a folder."""
    name = "Documentation/Recovery.md"
    blocks = indented((root / name).read_text())
    if len(blocks) != 3:
        fail(name, f"{len(blocks)} blocks for a shell instead of 3")
    lines = [f"{index},a line of a table,{index * 7919 % 1000}\n" for index in range(60_000)]
    texts = []
    for step in range(3):
        lines[step * 1000] = f"changed {step}\n"
        texts.append("".join(lines))
        pathlib.Path("sales.csv").write_text(texts[-1])
        version = call("write", "board", "sales", "sales.csv", "--type", "csv")["version"]
    pack = max(pathlib.Path("board/packs").iterdir(), key=lambda path: path.stat().st_size).name
    shell(name, blocks[0], {"NAME": pack})
    if texts[0][:1000].encode() not in pathlib.Path("pieces").read_bytes():
        fail(name, "zstd does not give the text in a pack")
    shutil.copy(root / "Scripts/recover.py", "recover.py")
    out = shell(name, blocks[1], {"20261123T160708Z-ca761": version})
    if pathlib.Path("recovered/sales", version, "sales.csv").read_text() != texts[-1]:
        fail(name, "recover.py gives other bytes")
    if '"type": "csv"' not in out:
        fail(name, f"the metadata are {out}")
    decoder = subprocess.run(
        [root / "Scripts/python.sh"], capture_output=True, text=True).stdout.strip()
    if not decoder:
        print(f"{name}: THE DECODER IS NOT RUN: no Python with zstandard", file=sys.stderr)
        return
    shutil.copy(root / "Tests/Vectors/reference_decoder.py", "reference_decoder.py")
    os.environ.pop("PINS_PYTHON", None)
    pathlib.Path("sales.csv").unlink()
    shell(name, f'python3() {{ "{decoder}" -B "$@"; }}\n' + blocks[2])
    if pathlib.Path("sales.csv").read_text() != texts[-1]:
        fail(name, "the reference decoder gives other bytes")


for part in (
        commands, bucket, program_in_c, program_in_python, package, started, recovery):
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        prepare()
        part()
        os.chdir(root)
print("documents: ok")
