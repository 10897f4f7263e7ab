"""A plugin of pytest for the tests that pins for Python brings along: what they write to a board in a
folder, or remove from it, is written and removed by `pins` (in SWIFT_PINS); what they read is read
by pins for Python.

In the tests of pruning by days it is the other way round: they write versions that lie in the past,
the older ones after the newer ones, which `pins` never does. There Python writes and `pins` prunes.

Objects become files by Python's own drivers. Nothing of a board is touched by Python's verbs that
write.
"""

import datetime
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from pins.boards import BaseBoard
from pins.errors import PinsError, PinsVersionError

PINS = os.environ["SWIFT_PINS"]
CANNOT_CREATE = 73


def is_folder(board) -> bool:
    protocol = board.fs.protocol
    return "file" in ([protocol] if isinstance(protocol, str) else protocol)


def pins(*arguments: str) -> str:
    result = subprocess.run([PINS, *arguments], capture_output=True, text=True, check=False)
    sys.stderr.write(result.stderr)
    if result.returncode == CANNOT_CREATE:
        raise PinsVersionError(result.stderr)
    if result.returncode != 0:
        raise PinsError(f"{arguments}: {result.returncode}: {result.stderr}")
    return result.stdout.strip()


def is_versioned(board, name: str, versioned: bool | None) -> bool:
    """As pins for Python decides it."""
    if versioned is not None:
        return versioned
    count = len(board.pin_versions(name, as_df=False)) if board.pin_exists(name) else 0
    return True if count > 1 else board.versioned


python_store = BaseBoard._pin_store
is_about_days = False


def pytest_runtest_setup(item):
    """A fixture writes for the test: this comes before both."""
    global is_about_days
    is_about_days = "prune_days" in item.name


def store(
    self, x, name=None, type=None, title=None, description=None, metadata=None, versioned=None,
    created=None, *, force_identical_write=False,
):
    if not is_folder(self) or is_about_days:
        return python_store(
            self, x, name, type, title, description, metadata, versioned, created,
            force_identical_write=force_identical_write)
    self.path_to_pin(name)
    with tempfile.TemporaryDirectory() as folder:
        # Python writes there and nowhere else: the data, and the metadata that it would write.
        scratch = BaseBoard(folder, fs=self.fs, versioned=True)
        made = python_store(
            scratch, x, name, type, title, description, metadata, True, created)
        version = Path(folder) / name / made.version.version
        files = [made.file] if isinstance(made.file, str) else made.file
        arguments = [
            "write", f"plain:{self.board}", name, *(str(version / file) for file in files),
            "--type", made.type, "--title", made.title,
        ]
        if description is not None:
            arguments += ["--description", description]
        if metadata is not None:
            arguments += ["--metadata", json.dumps(metadata)]
        if created is not None:
            arguments += ["--created", created.strftime("%Y-%m-%dT%H:%M:%SZ")]
        if force_identical_write:
            arguments += ["--force-identical-write"]
        if not is_versioned(self, name, versioned):
            arguments += ["--unversioned"]
        return self.pin_meta(name, pins(*arguments))


def replaced(verb):
    """Our verb on boards in folders, Python's elsewhere."""
    python_verb = getattr(BaseBoard, verb.__name__)

    def chosen(self, *arguments, **named):
        return (verb if is_folder(self) else python_verb)(self, *arguments, **named)

    setattr(BaseBoard, verb.__name__, chosen)


@replaced
def pin_version_delete(self, name, version):
    pins("delete", f"plain:{self.board}", name, "--version", version)


@replaced
def pin_versions_prune(self, name, n=None, days=None):
    rule = ["--keep", str(n)] if n is not None else ["--days", str(days)]
    pins("prune", f"plain:{self.board}", name, *rule)


@replaced
def pin_delete(self, names):
    for name in [names] if isinstance(names, str) else names:
        pins("delete", f"plain:{self.board}", name)


BaseBoard._pin_store = store
assert datetime.datetime.now().astimezone().utcoffset() == datetime.timedelta(0), "TZ is not UTC"
