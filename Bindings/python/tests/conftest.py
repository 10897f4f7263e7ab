import os

import pinsfs
import pytest


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("PINS_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def location(tmp_path):
    return str(tmp_path / "board")


@pytest.fixture
def board(location):
    with pinsfs.Board(location) as board:
        yield board


def noise(count, seed=1):
    """Bytes that do not compress and are the same in every run."""
    import random

    return random.Random(seed).randbytes(count)


def pack_files(location):
    folder = os.path.join(location, "packs")
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
