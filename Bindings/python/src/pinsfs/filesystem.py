"""Boards as an fsspec file system, in the layout that pins for Python and R expect.

    pinsfs:///data/board/PIN/VERSION/FILE       VERSION: a version's name, a label, or 'latest'

Beside the files of a version stands its `data.txt`. Where a path does not say which folder is the
board, as with boards in buckets, `board=` does, and paths are relative to it:

    fsspec.filesystem("pinsfs", board="s3://bucket/board").ls("sales")

Writing `PIN/latest/FILE` makes a version of that file; putting a folder as `PIN/VERSION` makes one
version of all its files, and with a `data.txt` among them takes over what that says.
"""
import os
import re
import shutil
import tempfile

from fsspec.spec import AbstractFileSystem

from .board import Board
from .errors import CannotCreate, NotFound, UsageError

_VERSION = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{5}")
_DATA = "data.txt"


class PinsFileSystem(AbstractFileSystem):
    protocol = "pinsfs"
    root_marker = ""

    def __init__(self, board=None, level=0, **options):
        super().__init__(board=board, level=level, **options)
        self._location, self._level, self._boards = board, level, {}
        self._versions = {}
        if board is not None:
            # Paths are relative to the board: a leading slash means nothing.
            self._strip_protocol = lambda path: _stripped(path).lstrip("/")

    @classmethod
    def _strip_protocol(cls, path):
        if isinstance(path, list):
            return [cls._strip_protocol(one) for one in path]
        return _stripped(path)

    @property
    def fsid(self):
        return f"pinsfs-{self._location or 'local'}"

    # Paths

    def _board(self, location, mode="open"):
        board = self._boards.get(location)
        if board is None:
            board = self._boards[location] = Board(location, mode, level=self._level)
        return board

    def _split(self, path, creating=False):
        """The location of the board, and the components after it."""
        path = self._strip_protocol(path)
        if self._location is not None:
            return self._location, [part for part in path.split("/") if part]
        parts = path.rstrip("/").split("/")
        for end in range(1, len(parts) + 1):
            location = "/".join(parts[:end]) or "/"
            if location in self._boards or os.path.isfile(f"{location}/config"):
                return location, parts[end:]
        if creating:
            # Where there is no board yet, it is what stands before PIN/VERSION.
            for place, part in enumerate(parts):
                if place >= 2 and (part == "latest" or _VERSION.fullmatch(part)):
                    return "/".join(parts[:place - 1]), parts[place - 1:]
        raise NotFound(f"there is no board in '{path}'")

    def _pin(self, names, parts):
        """The pin that a path begins with, and what comes after it; no pin for 'owner' alone."""
        for count in (1, 2):
            if "/".join(parts[:count]) in names:
                return "/".join(parts[:count]), parts[count:]
        raise NotFound(f"there is no pin '{'/'.join(parts[:2])}'")

    def _find(self, path):
        """What a path is: (board, pin, version, file); what it does not reach is `None`."""
        location, parts = self._split(path)
        board = self._board(location)
        if not parts:
            return board, None, None, None
        names = {pin["name"] for pin in board.list()}
        if len(parts) == 1 and parts[0] not in names and any(
                name.startswith(parts[0] + "/") for name in names):
            return board, parts[0] + "/", None, None
        pin, rest = self._pin(names, parts)
        if not rest:
            return board, pin, None, None
        return board, pin, self._version(board, pin, rest[0]), "/".join(rest[1:]) or None

    def _version(self, board, pin, name):
        """A version that is open; one that never changes its meaning is kept."""
        key = (board.location, pin, name)
        known = self._versions.get(key)
        if known is not None:
            return known
        try:
            version = board.version(pin, name)
        except NotFound:
            version = self._renamed(board, pin, name)
        if _VERSION.fullmatch(name):
            if len(self._versions) >= 64:
                self._versions.clear()
            self._versions[key] = version
        return version

    def _renamed(self, board, pin, name):
        """The version that was written under a name that came too early, and so got another."""
        if _VERSION.fullmatch(name):
            for info in reversed(board.versions(pin)):
                version = board.version(pin, info["version"])
                origin = version.meta.get("origin")
                if isinstance(origin, dict) and origin.get("version") == name:
                    return version
        raise NotFound(f"pin '{pin}' has no version '{name}'")

    # Finding

    def ls(self, path, detail=True, **_):
        path = self._strip_protocol(path)
        board, pin, version, file = self._find(path)
        if version is not None:
            found = self._files(path, version, file)
        elif pin is not None and not pin.endswith("/"):
            found = [_folder(f"{path}/{one['version']}") for one in board.versions(pin)]
        else:
            prefix = pin or ""
            names = {
                one["name"][len(prefix):].split("/")[0]
                for one in board.list() if one["name"].startswith(prefix)}
            found = [_folder(f"{path}/{name}" if path else name) for name in sorted(names)]
        return found if detail else [entry["name"] for entry in found]

    def _files(self, path, version, inside):
        files = dict(version.files)
        if _DATA not in files:
            files[_DATA] = len(version.data_txt().encode())
        if inside in files:
            return [_file(path, files[inside], version)]
        prefix, found = f"{inside}/" if inside else "", {}
        for name, size in sorted(files.items()):
            if name.startswith(prefix):
                first, _, rest = name[len(prefix):].partition("/")
                here = f"{path}/{first}"
                found[first] = _folder(here) if rest else _file(here, size, version)
        if not found:
            raise NotFound(f"'{path}' is no file of version {version.version}")
        return list(found.values())

    def info(self, path, **_):
        path = self._strip_protocol(path)
        _, pin, version, file = self._find(path)
        if file is None:
            return _folder(path)
        entries = self._files(path, version, file)
        return entries[0] if entries[0]["name"] == path else _folder(path)

    def ukey(self, path):
        _, _, version, file = self._find(path)
        return f"{version.meta['pin_hash']}/{file}"

    def created(self, path):
        import datetime

        _, _, version, _ = self._find(path)
        return datetime.datetime.fromisoformat(version.meta["created"].replace("Z", "+00:00"))

    modified = created

    # Reading

    def _is_data(self, version, file):
        return file == _DATA and _DATA not in version.files

    def _open(self, path, mode="rb", block_size=None, **options):
        if mode in ("wb", "xb"):
            return self._create(path)
        if mode != "rb":
            raise UsageError(f"versions do not change: the mode {mode!r} is not possible")
        _, _, version, file = self._find(path)
        if file is None:
            raise IsADirectoryError(path)
        if self._is_data(version, file):
            import io

            return io.BytesIO(version.data_txt().encode())
        return version.open(file)

    def cat_file(self, path, start=None, end=None, **_):
        _, _, version, file = self._find(path)
        if file is None:
            raise IsADirectoryError(path)
        data = version.data_txt().encode() if self._is_data(version, file) else None
        size = len(data) if data is not None else version.files[version.only_file(file)]
        start, stop, _ = slice(start, end).indices(size)
        return data[start:stop] if data is not None else version.read(file, start, stop)

    def get_file(self, rpath, lpath, callback=None, outfile=None, **_):
        if self.isdir(rpath):
            os.makedirs(lpath, exist_ok=True)
            return
        board, pin, version, file = self._find(rpath)
        if outfile is None and not hasattr(lpath, "write") and not self._is_data(version, file):
            os.makedirs(os.path.dirname(os.path.abspath(lpath)), exist_ok=True)
            board.read_to(pin, lpath, file=file, version=version.version)
            return
        data = self.cat_file(rpath)
        if outfile is not None or hasattr(lpath, "write"):
            (outfile or lpath).write(data)
            return
        os.makedirs(os.path.dirname(os.path.abspath(lpath)), exist_ok=True)
        with open(lpath, "wb") as target:
            target.write(data)

    # Writing

    def _target(self, path):
        """Where a new version of one file goes: board, pin, file."""
        location, parts = self._split(path, creating=True)
        if len(parts) >= 3 and "latest" in parts[1:3]:
            place = parts.index("latest", 1)
            if parts[place + 1:]:
                return self._board(location, "open_or_create"), "/".join(parts[:place]), (
                    "/".join(parts[place + 1:]))
        raise UsageError(
            f"versions do not change: write '{path}' as PIN/latest/FILE, which makes a new one")

    def _create(self, path):
        board, pin, file = self._target(path)
        return board.create(pin, file)

    def put_file(self, lpath, rpath, callback=None, **_):
        if os.path.isdir(lpath):
            return
        board, pin, file = self._target(rpath)
        board.write(pin, lpath, path=file)

    def pipe_file(self, path, value, **_):
        board, pin, file = self._target(path)
        board.write(pin, value, path=file)

    def put(self, lpath, rpath, recursive=False, **options):
        if not (recursive and isinstance(lpath, (str, os.PathLike)) and os.path.isdir(lpath)):
            return super().put(lpath, rpath, recursive=recursive, **options)
        location, parts = self._split(rpath, creating=True)
        pin, name = "/".join(parts[:-1]), parts[-1] if parts else ""
        if not pin or not (name == "latest" or _VERSION.fullmatch(name)):
            raise UsageError(f"a folder is put as PIN/VERSION or PIN/latest, not as '{rpath}'")
        board = self._board(location, "open_or_create")
        if not os.path.isfile(os.path.join(lpath, _DATA)) or name == "latest":
            board.write(pin, lpath)
            return rpath
        known = {pin["name"] for pin in board.list()}
        if pin in known and any(one["version"] == name for one in board.versions(pin)):
            raise CannotCreate(f"pin '{pin}' has a version '{name}' already")
        self._take_over(board, pin, name, lpath)
        return rpath

    def _take_over(self, board, pin, name, folder):
        """Copies a folder with a `data.txt` as what it is: a version of a plain board."""
        above = os.path.dirname(os.path.abspath(folder))
        stage = tempfile.mkdtemp(prefix=".pinsfs-", dir=above if os.access(above, os.W_OK) else None)
        try:
            shutil.copytree(folder, os.path.join(stage, pin, name), copy_function=_link_or_copy)
            with Board(f"plain:{stage}", "open") as plain:
                board.copy_from(plain, pin)
        finally:
            shutil.rmtree(stage, ignore_errors=True)

    def mkdir(self, path, create_parents=True, **_):
        """Does nothing: pins and versions come with what is in them."""

    def makedirs(self, path, exist_ok=False):
        """As mkdir."""

    # Removing

    def rm(self, path, recursive=False, maxdepth=None):
        for one in path if isinstance(path, list) else [path]:
            board, pin, version, file = self._find(one)
            if file is not None or pin is None or pin.endswith("/"):
                raise UsageError(f"only versions and pins can be removed, not '{one}'")
            if not recursive:
                raise IsADirectoryError(one)
            self._versions.clear()
            board.delete(pin, version and version.version)

    def rmdir(self, path):
        raise OSError(f"'{path}' is not empty")

    def _rm(self, path):
        self.rm(path)


def _stripped(path):
    path = os.fspath(path)
    for scheme in ("pinsfs://", "pinsfs:"):
        if path.startswith(scheme):
            path = path[len(scheme):]
            break
    return path if path == "/" else path.rstrip("/")


def _folder(name):
    return {"name": name, "size": 0, "type": "directory"}


def _file(name, size, version):
    return {
        "name": name, "size": size, "type": "file", "created": version.meta["created"],
        "pin_hash": version.meta["pin_hash"]}


def _link_or_copy(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
