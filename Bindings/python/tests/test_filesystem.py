"""Goal: pandas, pyarrow, DuckDB and pins for Python use engine boards unchanged. Method: the real
packages; what they wrote is read by the others and by `Board`."""
import os

import fsspec
import pandas
import pinsfs
import pyarrow
import pyarrow.dataset
import pyarrow.parquet
import pytest
from conftest import noise, pack_files

pins = pytest.importorskip("pins")


@pytest.fixture
def frame():
    return pandas.DataFrame({"number": range(20_000), "text": [str(i * i) for i in range(20_000)]})


def boards(tmp_path):
    """pins.board by path, with the cache that pins makes and without, and by option."""
    yield pins.board("pinsfs", f"{tmp_path}/by-path")
    yield pins.board("pinsfs", f"{tmp_path}/without-cache", cache=None)
    # With an empty path the cache of pins takes no path of any file system.
    yield pins.board("pinsfs", storage_options={"board": f"{tmp_path}/by-option"}, cache=None)


def test_pins_for_python_writes_and_reads(tmp_path, frame):
    for board in boards(tmp_path):
        first = board.pin_write(
            frame, "cars", type="parquet", title="Cars", metadata={"k": [1, "é"]})
        changed = frame.assign(number=frame["number"].where(frame["number"] != 7, -7))
        second = board.pin_write(changed, "cars", type="parquet")
        board.pin_write(changed, "rows", type="csv", description="As text")
        board.pin_write({"a": [1, 2.5, None]}, "list", type="json")
        assert sorted(board.pin_list()) == ["cars", "list", "rows"]
        assert board.pin_exists("cars") and not board.pin_exists("dogs")
        assert len(board.pin_versions("cars")) == 2
        assert board.pin_read("cars").equals(changed)
        assert board.pin_read("cars", version=first.version.version).equals(frame)
        assert board.pin_read("list") == {"a": [1, 2.5, None]}
        assert board.pin_read("rows")["number"].tolist() == changed["number"].tolist()
        meta = board.pin_meta("cars", first.version.version)
        assert (meta.title, meta.user, meta.type) == ("Cars", {"k": [1, "é"]}, "parquet")
        assert (meta.pin_hash, meta.file_size) == (first.pin_hash, first.file_size)
        assert board.pin_meta("cars").pin_hash == second.pin_hash
        assert board.pin_search("cars")["name"].tolist() == ["cars"]
        # The same content is not stored: pins compares the hash that data.txt has.
        board.pin_write(changed, "cars", type="parquet")
        assert len(board.pin_versions("cars")) == 2
        board.pin_version_delete("cars", first.version.version)
        board.pin_delete("rows")
        assert len(board.pin_versions("cars")) == 1 and not board.pin_exists("rows")


def test_pins_for_python_uploads_and_downloads_files(tmp_path):
    board = pins.board("pinsfs", f"{tmp_path}/board")
    paths = []
    for name in ("one.bin", "two.bin"):
        (tmp_path / name).write_bytes(noise(50_000, len(paths)))
        paths.append(str(tmp_path / name))
    board.pin_upload(paths, "both")
    found = board.pin_download("both")
    assert [os.path.basename(path) for path in found] == ["one.bin", "two.bin"]
    for path, original in zip(found, paths):
        with open(path, "rb") as one, open(original, "rb") as other:
            assert one.read() == other.read()


def test_an_unversioned_board_of_pins_keeps_one_version(tmp_path, frame):
    board = pins.board("pinsfs", f"{tmp_path}/board", versioned=False)
    board.pin_write(frame, "cars", type="csv")
    board.pin_write(frame.head(10), "cars", type="csv")
    assert len(board.pin_versions("cars")) == 1 and len(board.pin_read("cars")) == 10


def test_versions_of_pins_are_deduplicated_and_verified(tmp_path):
    location, data = f"{tmp_path}/board", noise(3_000_000)
    board = pins.board("pinsfs", location, cache=None)
    for step in range(4):
        path = tmp_path / "data.bin"
        path.write_bytes(data[:1_000_000 + step] + b"edit" + data[1_000_000 + step:])
        board.pin_upload(str(path), "big")
    assert len(board.pin_versions("big")) == 4
    stored = sum(map(os.path.getsize, pack_files(location)))
    assert stored < 1.6 * len(data), "four versions take more than the new chunks"
    assert pinsfs.Board(location).verify(data=True)["ok"]
    pack = max(pack_files(location), key=os.path.getsize)
    os.chmod(pack, 0o600)
    with open(pack, "r+b") as file:
        file.seek(os.path.getsize(pack) // 2)
        file.write(b"damage")
    fresh = fsspec.filesystem("pinsfs", skip_instance_cache=True)
    with pytest.raises(pinsfs.Corrupt):
        for name in board.pin_versions("big")["version"]:
            with fresh.open(f"{location}/big/{name}/data.bin") as file:
                while file.read(1 << 20):
                    pass


def test_pins_reads_what_the_engine_wrote(tmp_path, frame):
    location = f"{tmp_path}/board"
    frame.to_csv(tmp_path / "cars.csv", index=False)
    pinsfs.Board(location).write(
        "cars", tmp_path / "cars.csv", type="csv", title="Cars", metadata={"rows": 20_000})
    board = pins.board("pinsfs", location)
    assert board.pin_read("cars")["number"].tolist() == frame["number"].tolist()
    meta = board.pin_meta("cars")
    assert (meta.title, meta.user, meta.file) == ("Cars", {"rows": 20_000}, "cars.csv")


def test_pandas_and_pyarrow_read_and_write(tmp_path, frame):
    url = f"pinsfs://{tmp_path}/board/cars/latest/cars.parquet"
    frame.to_parquet(url)
    assert pandas.read_parquet(url).equals(frame)
    assert pandas.read_parquet(url, columns=["text"]).equals(frame[["text"]])
    frame.head(5).to_csv(f"pinsfs://{tmp_path}/board/small/latest/small.csv", index=False)
    assert len(pandas.read_csv(f"pinsfs://{tmp_path}/board/small/latest/small.csv")) == 5
    fs = fsspec.filesystem("pinsfs", board=f"{tmp_path}/board")
    table = pyarrow.parquet.read_table("cars/latest/cars.parquet", filesystem=fs)
    assert table.num_rows == len(frame)
    found = pyarrow.dataset.dataset("cars/latest/cars.parquet", filesystem=fs, format="parquet")
    wanted = pyarrow.dataset.field("number") == 19_999
    assert found.to_table(filter=wanted).num_rows == 1
    pyarrow.parquet.write_table(table.slice(0, 9), "nine/latest/nine.parquet", filesystem=fs)
    assert pandas.read_parquet(
        "pinsfs://nine/latest/nine.parquet",
        storage_options={"board": f"{tmp_path}/board"}).shape == (9, 2)


def test_duckdb_queries_a_pin(tmp_path, frame):
    duckdb = pytest.importorskip("duckdb")
    frame.to_parquet(f"pinsfs://{tmp_path}/board/cars/latest/cars.parquet")
    connection = duckdb.connect()
    connection.register_filesystem(fsspec.filesystem("pinsfs"))
    query = f"select sum(number) from 'pinsfs://{tmp_path}/board/cars/latest/cars.parquet'"
    assert connection.sql(query).fetchall()[0][0] == frame["number"].sum()


def test_paths_are_those_of_pins(tmp_path):
    location = f"{tmp_path}/board"
    board = pinsfs.Board(location)
    board.write("owner/pin", {"a/b": b"deep", "c": b"flat"})
    version = board.versions("owner/pin")[0]["version"]
    board.label("owner/pin", "prod")
    fs = fsspec.filesystem("pinsfs")
    assert fs.ls(location, detail=False) == [f"{location}/owner"]
    assert fs.ls(f"{location}/owner", detail=False) == [f"{location}/owner/pin"]
    assert fs.ls(f"{location}/owner/pin", detail=False) == [f"{location}/owner/pin/{version}"]
    here = f"{location}/owner/pin/{version}"
    assert sorted(fs.find(here)) == [f"{here}/a/b", f"{here}/c", f"{here}/data.txt"]
    assert fs.info(f"{here}/c")["size"] == 4 and fs.isdir(f"{here}/a") and fs.isfile(f"{here}/a/b")
    assert fs.cat(f"{location}/owner/pin/prod/a/b") == b"deep"
    assert fs.cat_file(f"{here}/c", 1, -1) == b"la"
    assert fs.exists(here) and not fs.exists(f"{here}/d") and not fs.exists(f"{tmp_path}/other")
    assert b"api_version: 1" in fs.cat(f"{here}/data.txt")
    fs.get(here, f"{tmp_path}/out", recursive=True)
    assert open(f"{tmp_path}/out/a/b", "rb").read() == b"deep"
    fs.pipe(f"{location}/new/latest/x", b"piped")
    assert fs.cat(f"{location}/new/latest/x") == b"piped"
    for bad in (f"{here}/c", f"{location}/new/x"):
        with pytest.raises(pinsfs.UsageError):
            fs.pipe(bad, b"versions do not change")
    with pytest.raises(pinsfs.UsageError):
        fs.rm(f"{here}/c")
    fs.rm(f"{location}/owner/pin", recursive=True)
    assert fs.ls(location, detail=False) == [f"{location}/new"]


def test_a_folder_without_data_txt_is_one_version(tmp_path):
    (tmp_path / "in" / "x").mkdir(parents=True)
    (tmp_path / "in" / "x" / "one").write_bytes(b"1")
    (tmp_path / "in" / "two").write_bytes(b"2")
    fs = fsspec.filesystem("pinsfs", board=f"{tmp_path}/board")
    fs.put(str(tmp_path / "in"), "tree/latest", recursive=True)
    assert fs.cat("tree/latest/x/one") == b"1"
    assert len(pinsfs.Board(f"{tmp_path}/board").versions("tree")) == 1
