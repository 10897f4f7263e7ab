#!/usr/bin/env python3
"""Requests, bytes and memory of operations on boards in a bucket: ours, beside pins for Python over
s3fs, on the same server (moto on loopback).

    Benchmarks/s3-requests.sh        # sets everything up and writes Benchmarks/Results/s3.md
    GIGABYTE_ONLY=1 Benchmarks/s3-requests.sh    # prints the rows of 1 GB and checks them

Every operation is a process of its own. Between it and the server stands a proxy that counts
requests and the bytes of their bodies. 'Cold' has no local cache, 'warm' the one of who wrote.
"""

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".build/venv-pins-s3/bin/python"

UPLOAD = """
import sys
from pins import board_s3
board = board_s3(sys.argv[1], versioned=True)
board.pin_upload(sys.argv[3], sys.argv[2])
"""
DOWNLOAD = """
import sys
from pins import board_s3
board = board_s3(sys.argv[1], versioned=True)
board.pin_download(sys.argv[2])
"""
LIST = "import sys\nfrom pins import board_s3\nboard_s3(sys.argv[1]).pin_list()\n"
SEARCH = "import sys\nfrom pins import board_s3\nboard_s3(sys.argv[1]).pin_search('ten')\n"
META = "import sys\nfrom pins import board_s3\nboard_s3(sys.argv[1]).pin_meta(sys.argv[2])\n"
VERSIONS = "import sys\nfrom pins import board_s3\nboard_s3(sys.argv[1]).pin_versions(sys.argv[2])\n"


SPAWN = """
import os, sys
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
print(usage.ru_maxrss, file=sys.stderr)
sys.exit(os.waitstatus_to_exitcode(status) != 0)
"""


class CountingProxy:
    """Hands requests on, one a connection, and counts them."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.lock = threading.Lock()
        self.take()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def take(self) -> tuple[int, int, int]:
        with self.lock:
            counts = getattr(self, "counts", (0, 0, 0))
            self.counts = (0, 0, 0)
            return counts

    def add(self, *more: int) -> None:
        with self.lock:
            self.counts = tuple(a + b for a, b in zip(self.counts, more))

    def serve(self) -> None:
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.handle, args=(connection,), daemon=True).start()

    @staticmethod
    def head(stream) -> tuple[bytes, dict[bytes, bytes]]:
        lines = []
        while (line := stream.readline()) not in (b"\r\n", b""):
            lines.append(line)
        fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            fields[name.strip().lower()] = value.strip()
        return b"".join(lines), fields

    def handle(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as stream:
                head, fields = self.head(stream)
                if not head:
                    return
                if fields.get(b"expect", b"").lower() == b"100-continue":
                    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                body = stream.read(int(fields.get(b"content-length", b"0")))
                lines = [
                    line for line in head.splitlines(keepends=True)
                    if not line.lower().startswith((b"connection:", b"expect:"))]
                # Counted before anybody hears of it: the client may end with the last byte.
                self.add(1, len(body), 0)
                with socket.create_connection(("127.0.0.1", self.target)) as server:
                    server.sendall(b"".join(lines) + b"Connection: close\r\n\r\n" + body)
                    answer, is_body = b"", False
                    while more := server.recv(1 << 20):
                        if is_body:
                            self.add(0, 0, len(more))
                        else:
                            answer += more
                            is_body = b"\r\n\r\n" in answer
                            self.add(0, 0, len(answer.partition(b"\r\n\r\n")[2]))
                        connection.sendall(more)
        except OSError:
            pass


class Bench:
    def __init__(self, server: dict, tool: Path, work: Path) -> None:
        self.proxy = CountingProxy(int(server["endpoint"].rsplit(":", 1)[1]))
        self.server, self.tool, self.work = server, tool, work
        self.place = f"{server['bucket']}/bench-{uuid.uuid4()}"
        self.rows: list[tuple[str, str, str]] = []

    def environment(self, cache: str) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        return clean | {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.proxy.port}",
            "AWS_ACCESS_KEY_ID": self.server["access_key"],
            "AWS_SECRET_ACCESS_KEY": self.server["secret_key"],
            "AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
            "PINS_CACHE_DIR": str(self.work / cache),
        }

    def count(self, command: list, cache: str) -> tuple[int, int, int, int]:
        """Runs one operation: requests, bytes sent and received, MiB of memory."""
        self.proxy.take()
        # A process counts as large as the one that made it: a small one stands between.
        process = subprocess.run(
            [sys.executable, "-c", SPAWN] + [str(word) for word in command],
            env=self.environment(cache), cwd=self.work, capture_output=True, text=True)
        if process.returncode:
            raise SystemExit(f"{command}: {process.stderr[-2000:]}")
        return *self.proxy.take(), int(process.stderr.split()[-1]) // 1024

    def run(self, command: list, cache: str) -> str:
        """Runs one operation; its cells."""
        return "{} | {:,} | {:,} | {}".format(*self.count(command, cache))

    def ours(self, *words: str, cache: str = "ours") -> str:
        return self.run(self.command(*words), cache)

    def command(self, *words: str) -> list:
        return [self.tool, words[0], f"s3://{self.place}/ours", *words[1:]]

    def bounded(self, name: str, bounds: dict, *words: str, cache: str = "ours") -> None:
        """A row of ours that fails above bounds."""
        counted = self.count(self.command(*words), cache)
        self.row(name, "{} | {:,} | {:,} | {}".format(*counted))
        for what, value in zip(["requests", "sent", "received", "memory"], counted):
            if value > bounds.get(what, value):
                raise SystemExit(f"{name}: {value:,} {what}, at most {bounds[what]:,} were promised")

    def theirs(self, program: str, *words: str, cache: str = "theirs") -> str:
        return self.run([PYTHON, "-c", program, f"{self.place}/theirs", *words], cache)

    def row(self, name: str, ours: str, theirs: str = " | | | ") -> None:
        self.rows.append((name, ours, theirs))
        print(f"| {name} | {ours} | {theirs} |", flush=True)

    def file(self, name: str, count: int, seed: int) -> str:
        path = self.work / name
        path.write_bytes(random.Random(seed).randbytes(count))
        return str(path)


def measure(bench: Bench) -> None:
    small, ten = bench.file("small.bin", 1_000, 1), bench.file("ten.bin", 10_000_000, 2)
    bench.row("make a board", bench.ours("init"))
    bench.row(
        "first write of 1 kB", bench.ours("write", "small", small),
        bench.theirs(UPLOAD, "small", small))
    bench.row(
        "write of 10 MB to a new pin", bench.ours("write", "ten", ten),
        bench.theirs(UPLOAD, "ten", ten))
    bench.row(
        "the same again", bench.ours("write", "ten", ten), bench.theirs(UPLOAD, "ten", ten))
    for name, ours, theirs in [
        ("list", ("list",), (LIST,)), ("search", ("search", "ten"), (SEARCH,)),
        ("meta", ("meta", "ten"), (META, "ten")), ("versions", ("versions", "ten"), (VERSIONS, "ten")),
    ]:
        bench.row(name, bench.ours(*ours), bench.theirs(*theirs))
    out = str(bench.work / "out")
    bench.row(
        "cold read of 10 MB", bench.ours("read", "ten", "-o", out, cache="none"),
        bench.theirs(DOWNLOAD, "ten", cache="none-theirs"))
    bench.row(
        "read of 10 MB, read before", bench.ours("read", "ten", "-o", out, cache="none"),
        bench.theirs(DOWNLOAD, "ten", cache="none-theirs"))
    large = bench.file("large.bin", 100_000_000, 3)
    bench.row(
        "write of 100 MB to a new pin", bench.ours("write", "large", large),
        bench.theirs(UPLOAD, "large", large))
    with open(large, "r+b") as file:
        file.seek(50_000_000)
        file.write(random.Random(4).randbytes(1_000_000))
    bench.row(
        "1 % of it changed", bench.ours("write", "large", large),
        bench.theirs(UPLOAD, "large", large))
    bench.row(
        "cold read of 100 MB", bench.ours("read", "large", "-o", out, cache="none-2"),
        bench.theirs(DOWNLOAD, "large", cache="none-3"))
    bench.row(
        "read of it by who wrote it",
        bench.ours("read", "large", "-o", out), bench.theirs(DOWNLOAD, "large"))


def gigabyte(bench: Bench) -> None:
    """A pin of 1 GB of random bytes, and 1 % of it changed: what it takes at most is promised."""
    size, change, memory = 1_000_000_000, 10_000_000, 256
    path = bench.work / "gigabyte.bin"
    with path.open("wb") as file:
        for seed in range(100):
            file.write(random.Random(1_000 + seed).randbytes(size // 100))
    bench.bounded(
        "write of 1 GB to a new pin", {"memory": memory, "sent": size * 101 // 100},
        "write", "gigabyte", str(path))
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(random.Random(5).randbytes(change))
    bench.bounded(
        "1 % of it changed", {
            "memory": memory, "requests": 20, "sent": change * 12 // 10, "received": 1_000_000},
        "write", "gigabyte", str(path))
    out = bench.work / "gigabyte.out"
    bench.bounded(
        "cold read of 1 GB", {"memory": memory, "received": size * 101 // 100},
        "read", "gigabyte", "-o", str(out), cache="none-4")
    if subprocess.run(["cmp", "-s", path, out]).returncode:
        raise SystemExit("what was read is not what was written")


def main() -> None:
    tool, result = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    if not PYTHON.exists():
        raise SystemExit("SKIPPED: pins for Python over s3fs is not installed: Scripts/s3-setup.sh")
    work = Path(tempfile.mkdtemp(prefix="pins-s3-bench-"))
    servers = subprocess.Popen(
        [sys.executable, ROOT / "Scripts/s3_servers.py", work / "servers", "moto"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        bench = Bench(json.loads(servers.stdout.readline()), tool, work)
        if os.environ.get("GIGABYTE_ONLY"):
            bench.run(bench.command("init"), "ours")
            gigabyte(bench)
            return
        measure(bench)
        gigabyte(bench)
    finally:
        servers.stdin.close()
        servers.wait()
        shutil.rmtree(work, ignore_errors=True)
    heads = "| | requests | bytes sent | bytes received | MiB of memory "
    lines = [
        "# Boards in a bucket: requests, bytes, memory", "",
        "`Benchmarks/s3-requests.sh` makes this table: random bytes, every operation a process of its "
        "own, moto on loopback, all bodies counted. Right: pins for Python 0.9.2 over s3fs on the "
        "same server. Memory is the peak; 31 MiB is the least that can be told. The rows of 1 GB fail "
        "above 256 MiB, and the change above 20 requests or 1.2 % sent. "
        f"This table: a {'debug' if 'debug' in str(tool) else 'release'} build of `pins`.", "",
        heads + "| requests | bytes sent | bytes received | MiB of memory |",
        "|---|" + "--:|" * 8,
    ] + [f"| {name} | {ours} | {theirs} |" for name, ours, theirs in bench.rows]
    result.write_text("\n".join(lines) + "\n")


main()
