#!/usr/bin/env python3
"""Goal: Scripts/recover.py gets every byte of a board back, deltas and filters included. Method: the
boards of the vectors, whose contents are on record, and boards that the command makes here, compared
with what went in. Prints what kinds of frames were met.
    Tests/Recovery/run.py PINS      PINS: the command"""
import array, collections, hashlib, json, os, pathlib, random, shutil, struct, subprocess, sys, tempfile

root = pathlib.Path(__file__).resolve().parents[2]
pins, seed = sys.argv[1], int(os.environ.get("PINS_SEED", "1"))
work = pathlib.Path(tempfile.mkdtemp(prefix="pins-recovery-"))
met = collections.Counter()


def check(condition, what):
    if not condition:
        sys.exit(f"recovery: {what} (seed {seed})")


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*") if path.is_file()}


def recover(board, name, status=0):
    out = work / f"out-{name}"
    done = subprocess.run(
        [sys.executable, root / "Scripts/recover.py", board, out], capture_output=True, text=True)
    check(done.returncode == status, f"{name}: status {done.returncode}: {done.stderr}")
    count_frames(board)
    return {path: digest for path, digest in digests(out).items() if not is_note(out, path)}


def is_note(out, path):
    """The metadata that stand beside the folder of a version."""
    return path.endswith(".json") and (out / path[:-5]).is_dir()


def count_frames(board):
    for path in (board / "packs").iterdir():
        data = path.read_bytes()
        footer, _, count = struct.unpack_from("<QII", data, len(data) - 56)
        for at in range(footer + 16, footer + 16 + 52 * count, 52):
            form = data[at + 44]
            met[("chunk", "node")[form & 3]] += 1
            met[("raw", "zstd", "delta")[form >> 2 & 7]] += 1
            met[("none", "shuffle4", "shuffle8", "shuffle2")[form >> 5]] += 1


def run(*arguments):
    done = subprocess.run([pins, *map(str, arguments), "--quiet"], capture_output=True, text=True)
    check(done.returncode == 0, f"pins {arguments}: {done.stderr}")
    return done.stdout.strip()


def vectors():
    for record in (root / "Tests/Vectors/boards").glob("*.json"):
        expected = {
            f"{pin}/{version['version']}/{file['path']}": file["sha256"]
            for pin, versions in json.loads(record.read_text())["pins"].items()
            for version in versions for file in version["files"]}
        found = recover(record.with_suffix(""), record.stem)
        check(expected and found == expected, f"board '{record.stem}' differs")


def made():
    """Versions of a table, of numbers, of noise and of a tree; some are deleted and collected."""
    source, board, expected = random.Random(seed), work / "board", {}
    run("init", board, "--chunk-average", "16KiB")
    lines = [f"{i},{source.random():.6f},row {i * i}\n" for i in range(20_000)]
    numbers = array.array("d", (source.gauss(1000, 3) for _ in range(60_000)))
    tree = work / "tree"
    (tree / "a/b").mkdir(parents=True)
    (tree / "a/b/empty").touch()
    names = collections.defaultdict(list)
    for step in range(5):
        for _ in range(200):
            place = source.randrange(len(lines))
            lines[place] = f"{place},{source.random():.6f},changed {step}\n"
            numbers[place] = source.gauss(0, 1)
        files = {
            "table.csv": "".join(lines).encode(), "numbers.bin": numbers.tobytes(),
            "noise": source.randbytes(70_000), "one": bytes([step])}
        for name, data in files.items():
            path = tree / "a/x" if name == "one" else work / name
            path.write_bytes(data)
            pin = "owner/tree" if name == "one" else name.split(".")[0]
            version = run("write", board, pin, tree if name == "one" else path)
            names[pin].append(version)
            sources = (
                {path.relative_to(tree): path for path in tree.rglob("*") if path.is_file()}
                if name == "one" else {path.name: path})
            for inside, here in sources.items():
                expected[f"{pin}/{version}/{inside}"] = hashlib.sha256(here.read_bytes()).hexdigest()
    check(recover(board, "made") == expected, "a board of five versions differs")
    for pin in ("table", "numbers", "noise"):
        for version in names[pin][1:3]:
            run("delete", board, pin, "--version", version)
            expected = {
                path: digest for path, digest in expected.items()
                if not path.startswith(f"{pin}/{version}/")}
    run("gc", board, "--exclusive")
    check(recover(board, "collected") == expected, "a board that was collected differs")
    shutil.rmtree(board / "index", ignore_errors=True)
    (board / "latest").unlink()
    check(recover(board, "bare") == expected, "a board without index and pointer differs")
    notes = json.loads((work / f"out-bare/table/{names['table'][0]}.json").read_text())
    check(notes["type"] == "file" and notes["title"], "metadata are missing")
    damage(board, expected)


def damage(board, expected):
    """Damaged bytes are not taken for the file's: the others are still there."""
    pack = max((board / "packs").iterdir(), key=lambda path: path.stat().st_size)
    pack.chmod(0o600)
    data = bytearray(pack.read_bytes())
    data[len(data) // 3] ^= 1
    pack.write_bytes(data)
    found = recover(board, "damaged", status=1)
    wrong = [path for path in expected if found.get(path) != expected[path]]
    check(0 < len(wrong) < len(expected) / 2, f"{len(wrong)} files are hurt by one bit")


try:
    vectors()
    made()
    for kind in ("node", "raw", "zstd", "delta", "shuffle2", "shuffle4", "shuffle8"):
        check(met[kind] > 0, f"no frame was met that is '{kind}'")
    lines = len((root / "Scripts/recover.py").read_text().splitlines())
    check(lines <= 60, f"the script has {lines} lines")
    print("recovery:", ", ".join(f"{count} {kind}" for kind, count in sorted(met.items())))
finally:
    shutil.rmtree(work, ignore_errors=True)
