"""Boards, versions, and their bytes as streams."""
import contextlib
import ctypes
import io
import json
import os
import threading
from collections.abc import Mapping
from ctypes import byref, c_size_t, c_void_p

from . import _library, errors
from ._library import encoded, lib

_MODES = {"open_or_create": 0, "open": 1, "create": 2}


class Board:
    """A board: named pins with immutable versions.

    `location` is a folder or a URL, as the command `pins` takes it; `mode` is 'open_or_create',
    'open' or 'create'. Any number of threads may use one board. Calls that take long end with
    `KeyboardInterrupt` when the user interrupts them, and leave nothing half-written.
    """

    def __init__(
        self, location, mode="open_or_create", level=0, chunk_average=0, single_writer=False,
        parity_percent=0
    ):
        if mode not in _MODES:
            raise errors.UsageError(f"the mode is {mode!r}; one of {', '.join(_MODES)} is allowed")
        self.location = os.fspath(location)
        self._lock, self._free, self._all = threading.Lock(), [], []
        options = _library.OpenOptions(
            mode=_MODES[mode], level=level, chunk_average=chunk_average,
            single_writer=int(single_writer), parity_percent=parity_percent)
        handle = c_void_p()
        status = lib.pins_open(encoded(self.location), byref(options), byref(handle))
        self._keep(handle, status)

    def _keep(self, handle, status):
        """Keeps a new handle, or closes it and says why it is none."""
        if status:
            text = _library.message(handle)
            lib.pins_close(handle)
            raise errors.of_status(status, text)
        with self._lock:
            self._all.append(handle)
            self._free.append(handle)

    @contextlib.contextmanager
    def _handle(self):
        """A handle of this thread's own: a handle serves one call at a time."""
        while True:
            with self._lock:
                if not self._all:
                    raise errors.UsageError("the board is closed")
                if self._free:
                    handle = self._free.pop()
                    break
                first = self._all[0]
            other = c_void_p()
            self._keep(other, lib.pins_share(first, byref(other)))
        try:
            yield handle
        finally:
            with self._lock:
                if handle in self._all:
                    self._free.append(handle)

    def _call(self, function, *arguments):
        with self._handle() as handle:
            status = function(handle, *arguments)
            if status:
                raise errors.of_status(status, _library.message(handle))

    def _document(self, function, *arguments, call=None):
        text = c_void_p()
        try:
            (call or self._call)(function, *arguments, byref(text))
        except errors.Error as error:
            error.document = _parsed(_library.take_text(text))
            raise
        return _parsed(_library.take_text(text))

    def _long_call(self, function, *arguments):
        """A call on a thread of its own, so that an interruption of this one can cancel it."""
        with self._handle() as handle:
            result, done = [], threading.Event()

            def run():
                result.append(function(handle, *arguments))
                done.set()

            threading.Thread(target=run, daemon=True).start()
            try:
                # Not 'join': one that is interrupted takes the thread for ended.
                done.wait()
            except BaseException:
                lib.pins_cancel(handle)
                done.wait()
                raise
            if result[0]:
                raise errors.of_status(result[0], _library.message(handle))

    def close(self):
        """Closes the board; versions that are open stay open."""
        with self._lock:
            handles, self._all, self._free = self._all, [], []
        for handle in handles:
            lib.pins_close(handle)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        if getattr(self, "_all", None):
            self.close()

    def __repr__(self):
        return f"pinsfs.Board({self.location!r})"

    # Writing

    def write(
        self, name, source, *, path=None, type=None, title=None, description=None, metadata=None,
        tags=None, urls=None, created=None, unversioned=False, force_identical_write=False,
        dry_run=False, flat_digest=True, progress=None
    ):
        """Writes a new version of a pin and returns what `pins write --json` prints.

        `source` is a path (a file or a folder), bytes, a file object to read, or a mapping of paths
        inside the pin to such sources. Bytes and file objects need `path`, their name in the pin.
        `metadata` is a dictionary, `created` seconds since 1970.
        """
        sources = source if isinstance(source, Mapping) else {path: source}
        kept, failures = [], []
        inputs = (_library.Input * len(sources))(
            *[_input(path, source, kept, failures) for path, source in sources.items()])
        options = _library.WriteOptions(
            created=created or 0, unversioned=int(unversioned),
            force_identical_write=int(force_identical_write), dry_run=int(dry_run),
            no_flat_digest=int(not flat_digest), progress=_library.progress(progress),
            **_texts(kept, type, title, description, metadata, tags, urls))
        try:
            return self._document(
                lib.pins_write, encoded(name), inputs, len(sources), byref(options),
                call=self._long_call)
        except errors.Error:
            if failures:
                raise failures[0]
            raise

    def create(self, name, path, **options):
        """A file object to write: a new version with the one file `path` when it is closed. Nothing
        is written if the block it is used in raises."""
        return _Writer(self, name, path, options)

    def edit(
        self, name, *, type=None, title=None, description=None, metadata=None, tags=None, urls=None
    ):
        """Writes a version with other metadata and the content of the latest; stores no data."""
        options = _library.WriteOptions(
            **_texts([], type, title, description, metadata, tags, urls))
        return self._document(lib.pins_edit, encoded(name), byref(options))

    # Reading

    def read(self, name, *, file=None, version=None, hash=None, start=0, end=None):
        """The bytes of a file, or of a range of it; only the chunks that are touched are fetched."""
        out = io.BytesIO()
        self.read_to(name, out, file=file, version=version, hash=hash, start=start, end=end)
        return out.getvalue()

    def read_to(
        self, name, target, *, file=None, version=None, hash=None, start=0, end=None, progress=None
    ):
        """Reads into a file object, or to a path: a file, or a folder for a version of several."""
        if end is not None and end <= start:
            if end < start:
                raise errors.UsageError(f"the range ends at {end}, before it begins at {start}")
            if hasattr(target, "write"):
                return
        options = _library.ReadOptions(
            version=encoded(version), file=encoded(file), hash=encoded(hash), start=start,
            end=end or 0, progress=_library.progress(progress))
        if not hasattr(target, "write"):
            self._long_call(lib.pins_read_file, encoded(name), byref(options), encoded(target))
            return
        failures = []

        def take(_, data, count):
            try:
                view = memoryview((ctypes.c_char * count).from_address(data)).cast("B")
                while view:
                    written = target.write(view)
                    view = view[count if written is None else written:]
                return 0
            except BaseException as error:
                failures.append(error)
                return 1

        callback = _library.Write(take)
        try:
            self._long_call(
                lib.pins_read_callback, encoded(name), byref(options), callback, None)
        except errors.Error:
            if failures:
                raise failures[0]
            raise

    def version(self, name, version=None):
        """Opens a version for many reads."""
        return Version(self, name, version)

    def open(self, name, file=None, version=None):
        """A file of a version as a file object that can seek."""
        return self.version(name, version).open(file)

    # Finding

    def meta(self, name, version=None):
        return self._document(lib.pins_meta, encoded(name), encoded(version))

    def versions(self, name):
        """The versions of a pin, oldest first."""
        return self._document(lib.pins_versions, encoded(name))

    def list(self):
        return self._document(lib.pins_list, None)

    def search(self, text):
        return self._document(lib.pins_list, encoded(text))

    def diff(self, name, since, version=None):
        """Which bytes of a version, the latest by default, are not in the version `since`."""
        return self._document(lib.pins_diff, encoded(name), encoded(since), encoded(version))

    def stats(self, name=None):
        return self._document(lib.pins_stats, encoded(name))

    # Changing and maintaining

    def label(self, name, label, version=None):
        self._call(lib.pins_label, encoded(name), encoded(label), encoded(version))

    def unlabel(self, name, label):
        self._call(lib.pins_unlabel, encoded(name), encoded(label))

    def delete(self, name, version=None):
        """Removes a version, or the pin; returns the names of the versions that went."""
        return self._document(lib.pins_delete, encoded(name), encoded(version))

    def prune(self, name, keep=None, *, days=None, dry_run=False):
        """Removes all but the newest `keep` versions, or those older than `days`; never the latest.
        Returns the names of the versions that went, or would go."""
        if (keep is None) == (days is None):
            raise errors.UsageError("give keep or days, one of them")
        for what, least, value in (("keep", 1, keep), ("days", 0, days)):
            if value is not None and value < least:
                raise errors.UsageError(f"{what} is {value}; at least {least} is allowed")
        options = _library.PruneOptions(
            keep=keep or 0, days=days or 0, by_days=int(days is not None), dry_run=int(dry_run))
        return self._document(lib.pins_prune_by, encoded(name), byref(options))

    def gc(self, *, grace=None, exclusive=False, dry_run=False, progress=None):
        """Gives space back; `grace` in seconds, a day if it is not given."""
        options = _library.GCOptions(
            grace=0 if grace is None else grace or -1, exclusive=int(exclusive),
            dry_run=int(dry_run), progress=_library.progress(progress))
        return self._document(lib.pins_gc, byref(options), call=self._long_call)

    def verify(self, *, data=False, repair=False, progress=None):
        """Checks the board. A damaged one raises `Corrupt`, with the report as `document`."""
        options = _library.VerifyOptions(
            data=int(data), repair=int(repair), progress=_library.progress(progress))
        return self._document(lib.pins_verify, byref(options), call=self._long_call)

    def copy_from(self, source, name=None, *, latest=False, progress=None):
        """Copies a pin, or all, from another board of any kind; what is here is left alone."""
        options = _library.CopyOptions(
            latest=int(latest), progress=_library.progress(progress))
        text = c_void_p()
        with source._handle() as other:
            self._long_call(
                lambda handle: lib.pins_copy(
                    other, handle, encoded(name), byref(options), byref(text)))
        return _parsed(_library.take_text(text))


class Version:
    """A version, opened for reading: it stays readable when its board is closed."""

    def __init__(self, board, name, version=None):
        self._handle, self._lock = c_void_p(), threading.RLock()
        with board._handle() as handle:
            status = lib.pins_version_open(
                handle, encoded(name), encoded(version), byref(self._handle))
        self._check(status)
        self.meta = self._text(lib.pins_version_meta, _parsed)
        self.name, self.version = self.meta["name"], self.meta["version"]
        self.files = {file["name"]: file["size"] for file in self.meta["files"]}

    def _check(self, status):
        if status:
            raise errors.of_status(status, _library.message(self._handle))

    def _text(self, function, convert):
        text = c_void_p()
        with self._lock:
            self._check(function(self._handle, byref(text)))
        return convert(_library.take_text(text))

    def data_txt(self):
        """The `data.txt` that pins for Python and R would find beside the files."""
        return self._text(lib.pins_version_data_txt, str)

    def only_file(self, file=None):
        """The path of a file, or of the only one."""
        if file is None:
            if len(self.files) != 1:
                raise errors.UsageError(f"name one of {', '.join(self.files)}")
            return next(iter(self.files))
        if file not in self.files:
            raise errors.NotFound(f"pin '{self.name}' has no file '{file}'")
        return file

    def read_into(self, buffer, start, file=None):
        """Fills a buffer from `start` on; returns how many bytes, less only at the end."""
        view = memoryview(buffer).cast("B")
        count = c_size_t()
        if not view:
            return 0
        address = (ctypes.c_char * len(view)).from_buffer(view)
        with self._lock:
            if not self._handle:
                raise ValueError("the version is closed")
            self._check(
                lib.pins_version_read(
                    self._handle, encoded(file), start, address, len(view), byref(count)))
        return count.value

    def read(self, file=None, start=0, end=None):
        size = self.files[self.only_file(file)]
        buffer = bytearray(max(0, min(size, size if end is None else end) - start))
        self.read_into(buffer, min(start, size), file)
        return bytes(buffer)

    def open(self, file=None, buffer_size=256 * 1024):
        """A file as a file object that can seek."""
        return _Reader(_RawReader(self, self.only_file(file)), buffer_size)

    def close(self):
        with self._lock:
            handle, self._handle = self._handle, c_void_p()
            lib.pins_close(handle)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        if getattr(self, "_handle", None):
            self.close()


class _RawReader(io.RawIOBase):
    def __init__(self, version, file):
        self._version, self._file, self._at = version, file, 0
        self.size = version.files[file]

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise OSError("a file has no place before its first byte")
        self._at = base + offset
        return self._at

    def tell(self):
        return self._at

    def readinto(self, buffer):
        if self._at >= self.size:
            return 0
        count = self._version.read_into(buffer, self._at, self._file)
        self._at += count
        return count


class _Reader(io.BufferedReader):
    """With the size, which fsspec asks for."""

    @property
    def size(self):
        return self.raw.size


class _Writer(io.RawIOBase):
    """Bytes on their way to a write that runs beside; at most two pieces wait."""

    def __init__(self, board, name, path, options):
        import queue

        self._pieces = queue.Queue(maxsize=2)
        self._failure, self.result, self._at = None, None, 0
        self._thread = threading.Thread(
            target=self._write, args=(board, name, path, options), daemon=True)
        self._thread.start()

    def _write(self, board, name, path, options):
        try:
            self.result = board.write(name, _Pieces(self._pieces), path=path, **options)
        except BaseException as error:
            self._failure = error
            while self._pieces.get():
                pass

    def writable(self):
        return True

    def tell(self):
        return self._at

    def write(self, data):
        data = bytes(data)
        if self.closed:
            raise ValueError("write to a closed file")
        if self._failure:
            raise self._failure
        if data:
            self._pieces.put(data)
            self._at += len(data)
        return len(data)

    def _end(self, mark):
        if not self.closed:
            self._pieces.put(mark)
            self._thread.join()
            super().close()

    def close(self):
        if not self.closed:
            self._end(b"")
            if self._failure:
                raise self._failure

    def discard(self):
        """Ends the stream; nothing is written."""
        self._end(None)

    def __exit__(self, kind, *_):
        if kind is None:
            self.close()
        else:
            self.discard()

    def __del__(self):
        if hasattr(self, "_thread"):
            self.discard()


class _Pieces:
    """The reading end of a writer."""

    def __init__(self, pieces):
        self._pieces, self._piece = pieces, memoryview(b"")

    def readinto(self, buffer):
        if not self._piece:
            piece = self._pieces.get()
            if not piece:
                # The mark of the end stays where whoever looks next finds it.
                self._pieces.put(piece)
                if piece is None:
                    raise errors.Cancelled("the stream was discarded")
                return 0
            self._piece = memoryview(piece)
        count = min(len(buffer), len(self._piece))
        buffer[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count


def _parsed(text):
    return None if text is None else json.loads(text)


def _texts(kept, type, title, description, metadata, tags, urls):
    """The fields of WriteOptions that are text; what must outlive the call goes into `kept`."""
    arrays = [_library.texts(tags), _library.texts(urls)]
    kept += arrays
    cast = ctypes.POINTER(ctypes.c_char_p)
    if metadata is not None and not isinstance(metadata, str):
        metadata = json.dumps(metadata, ensure_ascii=False)
    return {
        "type": encoded(type), "title": encoded(title), "description": encoded(description),
        "metadata": encoded(metadata),
        "tags": ctypes.cast(arrays[0], cast) if arrays[0] else cast(),
        "urls": ctypes.cast(arrays[1], cast) if arrays[1] else cast(),
    }


def _input(path, source, kept, failures):
    if isinstance(source, (str, os.PathLike)):
        return _library.Input(path=encoded(path), file=encoded(os.fspath(source)))
    if path is None:
        raise errors.UsageError("bytes and file objects need 'path', their name in the pin")
    if not hasattr(source, "read") and not hasattr(source, "readinto"):
        # Not copied, unless it cannot be borrowed.
        view = memoryview(source).cast("B")
        data = bytes(view) if view.readonly else (ctypes.c_char * len(view)).from_buffer(view)
        kept += [data, view]
        address = ctypes.cast(ctypes.c_char_p(data), c_void_p) if isinstance(data, bytes) else (
            ctypes.cast(data, c_void_p))
        return _library.Input(path=encoded(path), bytes=address, byte_count=len(view))

    def give(_, target, capacity):
        try:
            view = memoryview((ctypes.c_char * capacity).from_address(target)).cast("B")
            if hasattr(source, "readinto"):
                return source.readinto(view) or 0
            data = source.read(capacity)
            view[:len(data)] = data
            return len(data)
        except BaseException as error:
            failures.append(error)
            return -1

    callback = _library.Read(give)
    kept.append(callback)
    return _library.Input(path=encoded(path), read=callback)
