"""Goal: pandas reads a part of a Parquet file without fetching the rest. Method: the board is served by
a web server that counts the bytes it sends; nothing else has them. PINSFS_RANGE_MB sets the size."""
import http.server
import os
import re
import threading

import fsspec
import numpy
import pandas
import pinsfs
import pyarrow
import pyarrow.parquet
import pytest

SIZE = int(os.environ.get("PINSFS_RANGE_MB", "48")) * 1_000_000
COLUMNS = 16


class Served(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder, sent, requests = None, 0, 0

    def do_GET(self):
        path = os.path.normpath(self.folder + self.path.split("?")[0])
        if not path.startswith(self.folder) or not os.path.isfile(path):
            self.answer(404, b"")
            return
        size = os.path.getsize(path)
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        start = int(wanted[1]) if wanted else 0
        end = min(int(wanted[2]) + 1 if wanted and wanted[2] else size, size)
        with open(path, "rb") as file:
            file.seek(start)
            body = file.read(max(0, end - start))
        if wanted:
            self.answer(206, body, f"bytes {start}-{end - 1}/{size}")
        else:
            self.answer(200, body)

    do_HEAD = do_GET

    def answer(self, status, body, content_range=None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Accept-Ranges", "bytes")
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)
            type(self).sent += len(body)
        type(self).requests += 1

    def log_message(self, *_):
        pass


@pytest.fixture
def served(tmp_path):
    handler = type("Handler", (Served,), {"folder": str(tmp_path / "board")})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", handler
    server.shutdown()
    server.server_close()


def write_table(path, rows, groups):
    """Random numbers: nothing to compress, nothing to share."""
    random = numpy.random.default_rng(5)
    writer = None
    for group in range(groups):
        columns = {f"c{number}": random.random(rows) for number in range(COLUMNS - 1)}
        table = pyarrow.table({"row": numpy.arange(group * rows, (group + 1) * rows), **columns})
        writer = writer or pyarrow.parquet.ParquetWriter(
            path, table.schema, compression="none", use_dictionary=False)
        writer.write_table(table, row_group_size=rows)
    writer.close()


def test_pandas_fetches_only_what_it_reads(tmp_path, served):
    url, handler = served
    groups = max(8, SIZE // 32_000_000)
    rows = SIZE // (8 * COLUMNS * groups)
    path = tmp_path / "big.parquet"
    write_table(path, rows, groups)
    size = os.path.getsize(path)
    pinsfs.Board(tmp_path / "board").write("big", path, type="parquet")
    first = rows * (groups // 2)
    wanted = dict(
        columns=["row", "c7"], filters=[("row", ">=", first), ("row", "<", first + 10)])
    expected = pandas.read_parquet(path, **wanted)
    handler.sent = handler.requests = 0
    found = pandas.read_parquet(
        "pinsfs://big/latest/big.parquet", storage_options={"board": url}, **wanted)
    assert found.equals(expected) and len(found) == 10
    part = 2 * rows * 8
    print(f"\n{size:,} bytes in the file, {part:,} in the two column chunks that are read, "
          f"{handler.sent:,} fetched in {handler.requests} requests "
          f"({100 * handler.sent / size:.2f} %)")
    # The column chunks, the chunks of the board that they and the footers end in, and the index.
    assert handler.sent < part + 8_000_000 and handler.sent < size / 4
    fs = fsspec.filesystem("pinsfs", board=url)
    handler.sent = 0
    with open(path, "rb") as file:
        file.seek(size // 3)
        assert fs.cat_file("big/latest/big.parquet", size // 3, size // 3 + 1000) == file.read(1000)
    assert handler.sent < 4_000_000
