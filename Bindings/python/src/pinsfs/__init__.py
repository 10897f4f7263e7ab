"""Boards of swift-pins from Python.

    import pinsfs
    board = pinsfs.Board("boards/team")
    board.write("sales", "sales.csv", type="csv")
    print(board.read("sales", start=0, end=100))

With fsspec, pandas, pyarrow, DuckDB and pins read and write the same boards:

    pandas.read_parquet("pinsfs:///data/board/sales/latest/sales.parquet")
    pins.board("pinsfs", "/data/board").pin_write(frame, "sales", type="parquet")
"""
from ._library import library_version
from .board import Board, Version
from .errors import (
    Cancelled, CannotCreate, Corrupt, Error, IOFailure, NeedsNewer, NotFound, NotPermitted,
    TryAgain, Unavailable, UsageError,
)

__all__ = [
    "Board", "Version", "Error", "UsageError", "Corrupt", "NotFound", "Unavailable",
    "CannotCreate", "IOFailure", "TryAgain", "NeedsNewer", "NotPermitted", "Cancelled",
    "library_version",
]
__version__ = "0.1.0"

try:
    # Known by the package's entry point as well; so that a copy that is not installed works too.
    from fsspec import register_implementation

    register_implementation("pinsfs", "pinsfs.filesystem.PinsFileSystem", clobber=True)
except ImportError:
    pass
