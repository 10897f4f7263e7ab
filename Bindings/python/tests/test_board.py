"""Goal: `Board` does what its documentation says. Method: boards in folders; the documents are compared
with those of the command where there is one (PINS_COMMAND)."""
import ctypes
import io
import json
import os
import signal
import subprocess
import threading

import pinsfs
import pytest
from conftest import noise, pack_files
from pinsfs import _library


def test_every_kind_of_source_comes_back(board, tmp_path):
    data = noise(700_000)
    path = tmp_path / "in.bin"
    path.write_bytes(data)
    for name, source in {
            "file": path, "text": str(path), "bytes": data, "bytearray": bytearray(data),
            "view": memoryview(data)[:], "stream": io.BytesIO(data), "opened": open(path, "rb"),
    }.items():
        result = board.write(name, source, path="x.bin", type="bin")
        assert result["files"][0]["name"] == "x.bin" and result["size"] == len(data)
        assert board.read(name) == data
    assert board.stats()["unique_bytes"] == len(data)
    board.write("tree", {"a/one": b"1", "two": path})
    assert board.read("tree", file="a/one") == b"1"
    for empty in (b"", bytearray(), io.BytesIO()):
        assert board.write("empty", empty, path="e", force_identical_write=True)["size"] == 0
        assert board.read("empty") == b""


def test_ranges_and_seeks_agree_with_the_bytes(board):
    data = noise(900_000, 2)
    board.write("n", data, path="n")
    for start, end in [(0, 0), (0, 1), (899_999, None), (300_000, 600_000), (0, 10**9)]:
        assert board.read("n", start=start, end=end) == data[start:end]
        assert board.version("n").read(None, start, end) == data[start:end]
    with board.open("n") as file:
        assert file.size == len(data) and file.seek(-10, os.SEEK_END) == len(data) - 10
        assert file.read() == data[-10:]
        file.seek(500_000)
        assert file.read(7) == data[500_000:500_007] and file.tell() == 500_007
    with pytest.raises(pinsfs.UsageError):
        board.read("n", start=len(data) + 1)


def test_a_written_stream_is_there_when_it_is_closed_and_never_half(board):
    with board.create("s", "s.txt", type="text") as file:
        for number in range(10_000):
            file.write(b"%d\n" % number)
        with pytest.raises(pinsfs.NotFound):
            board.meta("s")
    assert board.read("s") == b"".join(b"%d\n" % number for number in range(10_000))
    with pytest.raises(RuntimeError):
        with board.create("never", "x") as file:
            file.write(b"half")
            raise RuntimeError
    assert [pin["name"] for pin in board.list()] == ["s"]
    with pytest.raises(pinsfs.UsageError):
        with board.create("bad/name/here", "x") as file:
            file.write(b"x")


def test_verbs(board, tmp_path):
    for number in range(3):
        board.write("v", b"%d" % number, path="v", title="A title", tags=["t"], urls=["https://a"])
    names = [one["version"] for one in board.versions("v")]
    assert len(names) == 3 and board.read("v", version=names[0]) == b"0"
    board.label("v", "prod", names[1])
    assert board.meta("v", "prod")["version"] == names[1]
    board.unlabel("v", "prod")
    assert board.edit("v", metadata={"rows": [1, "é"]})["new_bytes"] == 0
    assert board.meta("v")["metadata"] == {"rows": [1, "é"]} and board.meta("v")["tags"] == ["t"]
    assert [pin["name"] for pin in board.search("é")] == ["v"]
    assert board.diff("v", names[0], "latest")["changed"] == [{"file": "v", "start": 0, "end": 1}]
    assert board.diff("v", names[2])["changed_bytes"] == 0
    assert len(board.prune("v", 1, dry_run=True)) == 3 and len(board.versions("v")) == 4
    assert board.prune("v", days=30) == []
    for rule in {}, {"keep": 1, "days": 1}, {"keep": 0}, {"days": -1}:
        with pytest.raises(pinsfs.UsageError):
            board.prune("v", **rule)
    assert len(board.prune("v", 1)) == 3
    assert board.verify(data=True)["ok"]
    board.read_to("v", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"2"
    other = pinsfs.Board(f"plain:{tmp_path}/plain")
    assert len(other.copy_from(board)["copied"]) == 1
    assert board.delete("v") and board.list() == []
    assert set(board.gc(exclusive=True)) >= {"freed_bytes", "deleted_packs"}


def test_parity_mends_what_rots(tmp_path):
    board = pinsfs.Board(tmp_path / "archive", "create", parity_percent=10)
    data = os.urandom(200_000)
    board.write("v", data, path="x")
    assert board.stats()["parity_percent"] == 10
    pack = max((tmp_path / "archive" / "packs").iterdir(), key=lambda file: file.stat().st_size)
    rotten = bytearray(pack.read_bytes())
    rotten[70_000:85_000] = bytes(15_000)
    pack.write_bytes(rotten)
    with pytest.raises(pinsfs.Corrupt) as caught:
        board.verify(data=True)
    assert "parity can mend it" in str(caught.value.document)
    assert board.verify(data=True, repair=True)["ok"]
    assert pinsfs.Board(tmp_path / "archive").read("v") == data


@pytest.mark.skipif("PINS_COMMAND" not in os.environ, reason="PINS_COMMAND names no command")
def test_documents_are_those_of_the_command_byte_for_byte(board, location):
    def command(*arguments):
        words = [os.environ["PINS_COMMAND"], *arguments, "--json", "--quiet"]
        return subprocess.run(words, check=True, capture_output=True).stdout.rstrip(b"\n")

    def library(function, *arguments):
        text = ctypes.c_void_p()
        board._call(function, *arguments, ctypes.byref(text))
        return _library.take_text(text).encode()

    for number in range(2):
        board.write(
            "t", {"a/b": b"%d" % number, "c": noise(300_000, number)}, title='T\x7f é "q"\n',
            tags=["t"], metadata='{"b": 1.50, "a":\t[1e3]}', type="x")
    first, second = [one["version"] for one in board.versions("t")]
    board.label("t", "prod", first)
    name, lib = b"t", _library.lib
    for arguments, words in (
            ([lib.pins_meta, name, first.encode()], ["meta", location, "t", "--version", first]),
            ([lib.pins_versions, name], ["versions", location, "t"]),
            ([lib.pins_list, None], ["list", location]),
            ([lib.pins_list, b"q"], ["search", location, "q"]),
            ([lib.pins_stats, None], ["stats", location]),
            ([lib.pins_diff, name, b"prod", None], ["diff", location, "t", "prod", "latest"]),
            ([lib.pins_verify, None], ["verify", location])):
        assert library(*arguments) == command(*words), words
    assert second in command("versions", location, "t").decode()


def test_failures_are_the_exceptions_of_python(board, location, tmp_path):
    with pytest.raises(FileNotFoundError):
        board.read("nothing")
    with pytest.raises(ValueError):
        board.write("a\0b", b"", path="x")
    with pytest.raises(pinsfs.CannotCreate):
        pinsfs.Board(location, "create")
    with pytest.raises(FileNotFoundError):
        pinsfs.Board(tmp_path / "none", "open")
    with pytest.raises(pinsfs.Corrupt):
        board.write("x", b"x", path="x")
        board.read("x", hash="0123456789")
    class Broken(io.RawIOBase):
        def readinto(self, buffer):
            raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError):
        board.write("broken", Broken(), path="x")
    class Full:
        def write(self, data):
            raise OverflowError
    with pytest.raises(OverflowError):
        board.read_to("x", Full())


def test_a_flipped_bit_is_never_handed_out(board, location):
    data = noise(400_000, 3)
    board.write("n", data, path="n")
    pack = max(pack_files(location), key=os.path.getsize)
    os.chmod(pack, 0o600)
    with open(pack, "r+b") as file:
        file.seek(os.path.getsize(pack) // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 4]))
    with pytest.raises(pinsfs.Corrupt):
        pinsfs.Board(location).read("n")
    with pytest.raises(pinsfs.Corrupt) as caught:
        pinsfs.Board(location).verify(data=True)
    assert caught.value.document["problems"]


class Endless(io.RawIOBase):
    def __init__(self, at, action):
        self.at, self.action, self.count = at, action, 0

    def readinto(self, buffer):
        self.count += 1
        if self.count == self.at:
            self.action()
        return len(buffer)


def test_an_interruption_ends_a_long_write_and_leaves_nothing(board):
    # The signal handler runs in the main thread, which waits for the write.
    main = threading.main_thread().ident
    source = Endless(3, lambda: signal.pthread_kill(main, signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        board.write("endless", source, path="x")
    assert board.list() == []
    with pytest.raises(pinsfs.Cancelled):
        board.write("endless", Endless(0, None), path="x", progress=lambda *_: False)
    assert board.list() == []


def test_threads_share_a_board(board):
    data = noise(300_000, 4)
    board.write("n", data, path="n")
    version, failures = board.version("n"), []

    def work(number):
        try:
            board.write(f"t{number}", b"%d" % number, path="x")
            for step in range(20):
                start = (number * 7919 + step * 104_729) % len(data)
                assert board.read("n", start=start, end=start + 100) == data[start:start + 100]
                assert version.read(None, start, start + 100) == data[start:start + 100]
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures and len(board.list()) == 7


@pytest.mark.skipif("PINS_COMMAND" not in os.environ, reason="PINS_COMMAND names no program")
def test_documents_are_those_of_the_command(board, location):
    board.write("a", b"one", path="f", title='"q" é \x1b', metadata={"k": [1.50, None]}, tags=["t"])
    board.write("a", {"x/y": b"two", "z": b"3"})
    board.write("owner/b", b"", path="e")
    board.label("a", "prod")

    def command(*arguments):
        done = subprocess.run(
            [os.environ["PINS_COMMAND"], *arguments, "--json"], capture_output=True, check=True)
        return json.loads(done.stdout)

    assert board.meta("a") == command("meta", location, "a")
    first = board.versions("a")[0]["version"]
    assert board.meta("a", first) == command("meta", location, "a", "--version", first)
    assert board.versions("a") == command("versions", location, "a")
    assert board.list() == command("list", location)
    assert board.search("É") == command("search", location, "É")
    assert board.stats() == command("stats", location)
    assert board.stats("a") == command("stats", location, "a")
    assert board.verify(data=True) == command("verify", location, "--data")
    assert board.gc(dry_run=True) == command("gc", location, "--dry-run")
    ours, theirs = board.write("w", b"w", path="w", dry_run=True), None
    source = os.path.join(os.path.dirname(location), "w")
    with open(source, "wb") as file:
        file.write(b"w")
    theirs = command("write", location, "w", source, "--dry-run")
    assert ours.keys() == theirs.keys() and ours["pin_hash"] == theirs["pin_hash"]
