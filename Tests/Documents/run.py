#!/usr/bin/env python3
"""Goal: who copies from the documents gets what they say. Method: the blocks of shell, C and Python are
taken out of the README and the articles and run as they stand there, one after the other, in an empty
folder; only places on the reader's machine and names of versions are replaced, and each replacement
must have something to replace. The Swift blocks are compiled by ArticleTests. A block that nobody
runs or compiles is a failure, unless blocks.py names it with a reason.
    Tests/Documents/run.py PINS LIBRARY_FOLDER     PINS: the command"""
import hashlib, json, os, pathlib, re, shlex, shutil, signal, subprocess, sys, tempfile

from blocks import check_all, fail, fenced, fences, indented, replaced, root, section, take

pins, library = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
python = root / ".build/venv-pins/bin/python"
TABLE = "city,people\nOslo,717710\nBergen,291940\n"
environment = {
    **{name: value for name, value in os.environ.items()
       if not name.startswith(("PINS_", "AWS_", "CONNECT_"))},
    "CC": os.environ.get("CC") or ("cc" if shutil.which("cc") else "clang")}


def run(document, *command, **more):
    done = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True,
        env={**environment, **more}, stdin=subprocess.DEVNULL)
    if done.returncode:
        fail(document, f"{command} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def shell(document, text, replacements={}, python3=sys.executable):
    """A block line by line in one shell, which stops at the first that fails."""
    text = replaced(document, text, replacements)
    functions = f'pins() {{ "{pins}" "$@"; }}\npython3() {{ "{python3}" -B "$@"; }}\n'
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
    block = take(name, indented(section(name, "## On the command line"))[:1], 1)[0]
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
    name = "README.md"
    block = take(name, indented(section(name, "## On the command line"))[1:], 1)[0]
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
    name = "README.md"
    block = take(name, fenced(section(name, "## From C and Python"), language), 1)[0]
    if len(block.splitlines()) > 10:
        fail(name, f"the program in {language} has more than ten lines")
    return block


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
    pathlib.Path("sales.py").write_text(program("python"))
    if not python.exists():
        print("README.md: THE PYTHON SCRIPT IS NOT RUN: there is no .build/venv-pins",
              file=sys.stderr)
        return
    out = run("README.md", python, "-B", "sales.py", **python_variables())
    if "b'city,people' Sales" not in out or "(2, 2)" not in out or "True" not in out:
        fail("README.md", f"the script prints {out}")


def package():
    """The README of the Python package."""
    name = "Bindings/python/README.md"
    block = take(name, fenced((root / name).read_text(), "python"), 1)[0]
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
        name, block, {"/data/board": board, "s3://bucket/board": board})
        + "import os\nos._exit(0)\n")
    pathlib.Path("sales.csv").write_text(TABLE * 10)
    run(name, python, "-B", "before.py", **python_variables())
    run(name, python, "-B", "package.py", **python_variables())


def started():
    """The shell of 'Getting started'."""
    name = "Sources/Pins/Pins.docc/GettingStarted.md"
    out = shell(name, take(name, indented((root / name).read_text()), 1)[0])
    if json.loads(run(name, pins, "list", "boards/team", "--json"))[0]["name"] != "photos":
        fail(name, f"the commands print {out}")


def decoding_python(document):
    """The Python that has the module zstandard, or nothing, which is said."""
    found = subprocess.run(
        [root / "Scripts/python.sh"], capture_output=True, text=True).stdout.strip()
    if not found:
        print(f"{document}: THE DECODER IS NOT RUN: no Python with zstandard", file=sys.stderr)
    return found


def recovery():
    """Each way of 'Recovery', on a board with versions, deltas and a folder."""
    name = "Documentation/Recovery.md"
    blocks = take(name, indented((root / name).read_text()), 3)
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
    decoder = decoding_python(name)
    if not decoder:
        return
    shutil.copy(root / "Tests/Vectors/reference_decoder.py", "reference_decoder.py")
    pathlib.Path("sales.csv").unlink()
    shell(name, blocks[2], python3=decoder)
    if pathlib.Path("sales.csv").read_text() != texts[-1]:
        fail(name, "the reference decoder gives other bytes")


def connect():
    """'PinsConnect', with the stand-in for a server that the tests have."""
    name = "Sources/PinsConnect/PinsConnect.docc/PinsConnect.md"
    blocks = take(name, indented((root / name).read_text()), 2)
    pathlib.Path("big.parquet").write_text("".join(f"line {index}\n" for index in range(50_000)))
    pathlib.Path("server").mkdir()
    server = subprocess.Popen(
        [sys.executable, "-B", "-m", "connect_server", "--folder", "server"],
        env={**environment, "PYTHONPATH": str(root / "Tests/ConnectServer")},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        ready = json.loads(server.stdout.readline())
        cache = f"export PINS_CACHE_DIR='{pathlib.Path.cwd()}/cache'\n"
        out = shell(name, cache + "".join(blocks), {
            "https://connect.example.org": ready["url"], "=…": f"={ready['keys']['susan']}",
            "pins read connect: susan/sales": "rm sales.csv\npins read connect: susan/sales"})
    finally:
        server.stdin.close()
        server.wait()
    if pathlib.Path("sales.csv").read_text() != TABLE:
        fail(name, "the pin on Connect has other bytes than the file")
    if not out.endswith(pathlib.Path("big.parquet").read_text()[:1000]):
        fail(name, f"the range of the engine bundle is not what stands in the file: {out}")


def shared():
    """'SharedFolders': what a reader is told while a pack is still on its way."""
    name = "Documentation/SharedFolders.md"
    block = take(name, indented((root / name).read_text())[1:], 1)[0]
    board, prices = pathlib.Path("Dropbox/board"), pathlib.Path("prices.csv")
    before = set()
    for text in (TABLE, TABLE * 1000):
        prices.write_text(text)
        call("write", board, "prices", prices)
        packs = set((board / "packs").iterdir())
        new, before = packs - before, packs
    for pack in new:
        pack.unlink()
    command, expected = block.split("\n", 1)
    done = subprocess.run(
        ["bash", "-euc", f'pins() {{ "{pins}" "$@"; }}\n' + command.removeprefix("$ ")],
        capture_output=True, text=True, env={**environment, "HOME": os.getcwd()})
    if done.returncode or done.stdout != TABLE:
        fail(name, f"{command} ended with {done.returncode}: {done.stdout}{done.stderr}")
    # Its numbers are an example, and what it leaves out is anything.
    pattern = re.sub(r"\d+", r"\\d+", re.escape(expected.strip()).replace("…", ".*"))
    pattern = pattern.replace(re.escape("~/"), re.escape(os.getcwd() + "/"))
    if not re.fullmatch(pattern, done.stderr.strip()):
        fail(name, f"the warning is not the one of the document: {done.stderr}")


def vectors():
    """The README of the vectors, but for its last line, which writes them."""
    name = "Tests/Vectors/README.md"
    block = fenced((root / name).read_text(), "")[0]
    decoder = decoding_python(name)
    if not decoder:
        return
    lines = [line for line in block.splitlines() if "python3 " in line]
    text = replaced(name, "\n".join(lines), {
        "FILE": "Tests/Vectors/valid/latest.bin", "BOARD": "Tests/Vectors/boards/version-1"})
    shell(name, f"cd '{root}'\n" + text, python3=decoder)


def filters():
    """The tests that a document names are there, each of them, and read the variables that make them
    long. A short run of the same tests is what 'make test' does: no second one here."""
    swift, known = os.environ.get("SWIFT", "swift"), None
    for name, count in (("Documentation/Reliability.md", 2), ("Documentation/SharedFolders.md", 1),
                        ("Tests/Vectors/README.md", 0)):
        text = (root / name).read_text()
        blocks = [block for block in indented(text) if "swift test" in block]
        take(name, blocks, count)
        blocks += [block for _, block in fences(text) if "swift test" in block]
        for line in "".join(blocks).replace("\\\n", "").splitlines():
            if "swift test" not in line:
                continue
            words = shlex.split(line, comments=True)
            known = known or run(
                name, swift, "test", "list", "--skip-build", "--package-path", root)
            for test in words[words.index("--filter") + 1].split("|"):
                if not re.search(test, known, flags=re.M):
                    fail(name, f"there is no test '{test}', which '{line}' names")
            for variable in re.findall(r"\b(PINS_\w+)=", line):
                tests = root.glob("Tests/**/*.swift")
                if not any(f'"{variable}"' in path.read_text() for path in tests):
                    fail(name, f"no test reads {variable}")


for part in (
        commands, bucket, program_in_c, program_in_python, package, started, recovery, connect,
        shared, vectors, filters):
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        prepare()
        part()
        os.chdir(root)
print(f"documents: ok, {check_all()} blocks")
