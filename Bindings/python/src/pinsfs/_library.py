"""pins.h for ctypes: the library, its structures and its functions."""
import ctypes
import ctypes.util
import os
import sys
from ctypes import (
    CFUNCTYPE, POINTER, c_char_p, c_int, c_int32, c_int64, c_size_t, c_uint64, c_void_p,
)

Progress = CFUNCTYPE(c_int, c_void_p, c_char_p, c_uint64, c_uint64)
Read = CFUNCTYPE(c_int64, c_void_p, c_void_p, c_size_t)
Write = CFUNCTYPE(c_int, c_void_p, c_void_p, c_size_t)


class _Sized(ctypes.Structure):
    """A structure whose first field is its size."""

    def __init__(self, **fields):
        super().__init__(ctypes.sizeof(type(self)), **fields)


class OpenOptions(_Sized):
    _fields_ = [
        ("size", c_size_t), ("mode", c_int32), ("level", c_int32), ("chunk_average", c_uint64),
        ("single_writer", c_int32), ("parity_percent", c_int32)]


class Input(_Sized):
    _fields_ = [
        ("size", c_size_t), ("path", c_char_p), ("file", c_char_p), ("bytes", c_void_p),
        ("byte_count", c_uint64), ("read", Read), ("user", c_void_p)]


class WriteOptions(_Sized):
    _fields_ = [
        ("size", c_size_t), ("type", c_char_p), ("title", c_char_p), ("description", c_char_p),
        ("metadata", c_char_p), ("tags", POINTER(c_char_p)), ("urls", POINTER(c_char_p)),
        ("created", c_int64), ("unversioned", c_int32), ("force_identical_write", c_int32),
        ("dry_run", c_int32), ("no_flat_digest", c_int32), ("progress", Progress),
        ("progress_user", c_void_p)]


class ReadOptions(_Sized):
    _fields_ = [
        ("size", c_size_t), ("version", c_char_p), ("file", c_char_p), ("hash", c_char_p),
        ("start", c_uint64), ("end", c_uint64), ("progress", Progress),
        ("progress_user", c_void_p)]


class PruneOptions(_Sized):
    _fields_ = [
        ("size", c_size_t), ("keep", c_uint64), ("days", c_uint64), ("by_days", c_int32),
        ("dry_run", c_int32)]


class GCOptions(_Sized):
    _fields_ = [
        ("size", c_size_t), ("grace", c_int64), ("exclusive", c_int32), ("dry_run", c_int32),
        ("progress", Progress), ("progress_user", c_void_p)]


class VerifyOptions(_Sized):
    _fields_ = [
        ("size", c_size_t), ("data", c_int32), ("repair", c_int32), ("progress", Progress),
        ("progress_user", c_void_p)]


class CopyOptions(_Sized):
    _fields_ = [
        ("size", c_size_t), ("latest", c_int32), ("reserved", c_int32), ("progress", Progress),
        ("progress_user", c_void_p)]


_TEXT, _HANDLE = POINTER(c_void_p), POINTER(c_void_p)
_FUNCTIONS = {
    "pins_open": [c_char_p, POINTER(OpenOptions), _HANDLE],
    "pins_share": [c_void_p, _HANDLE],
    "pins_close": [c_void_p],
    "pins_cancel": [c_void_p],
    "pins_write": [
        c_void_p, c_char_p, POINTER(Input), c_size_t, POINTER(WriteOptions), _TEXT],
    "pins_edit": [c_void_p, c_char_p, POINTER(WriteOptions), _TEXT],
    "pins_read_file": [c_void_p, c_char_p, POINTER(ReadOptions), c_char_p],
    "pins_read_callback": [c_void_p, c_char_p, POINTER(ReadOptions), Write, c_void_p],
    "pins_version_open": [c_void_p, c_char_p, c_char_p, _HANDLE],
    "pins_version_meta": [c_void_p, _TEXT],
    "pins_version_data_txt": [c_void_p, _TEXT],
    "pins_version_read": [
        c_void_p, c_char_p, c_uint64, c_void_p, c_size_t, POINTER(c_size_t)],
    "pins_meta": [c_void_p, c_char_p, c_char_p, _TEXT],
    "pins_versions": [c_void_p, c_char_p, _TEXT],
    "pins_list": [c_void_p, c_char_p, _TEXT],
    "pins_diff": [c_void_p, c_char_p, c_char_p, c_char_p, _TEXT],
    "pins_stats": [c_void_p, c_char_p, _TEXT],
    "pins_label": [c_void_p, c_char_p, c_char_p, c_char_p],
    "pins_unlabel": [c_void_p, c_char_p, c_char_p],
    "pins_delete": [c_void_p, c_char_p, c_char_p, _TEXT],
    "pins_prune": [c_void_p, c_char_p, c_uint64, _TEXT],
    "pins_prune_by": [c_void_p, c_char_p, POINTER(PruneOptions), _TEXT],
    "pins_gc": [c_void_p, POINTER(GCOptions), _TEXT],
    "pins_verify": [c_void_p, POINTER(VerifyOptions), _TEXT],
    "pins_copy": [c_void_p, c_void_p, c_char_p, POINTER(CopyOptions), _TEXT],
}


def _candidates():
    """Where the library may be: named by PINS_LIBRARY, in the wheel, or installed."""
    name = "libpins.0.dylib" if sys.platform == "darwin" else "libpins.so.0"
    if os.environ.get("PINS_LIBRARY"):
        yield os.environ["PINS_LIBRARY"]
        return
    inside = os.path.join(os.path.dirname(__file__), name)
    if os.path.exists(inside):
        yield inside
    yield name
    found = ctypes.util.find_library("pins")
    if found:
        yield found


def _load():
    failures = []
    for path in _candidates():
        try:
            library = ctypes.CDLL(path)
        except OSError as error:
            failures.append(str(error))
            continue
        for function, arguments in _FUNCTIONS.items():
            getattr(library, function).argtypes = arguments
            getattr(library, function).restype = c_int
        library.pins_message.argtypes, library.pins_message.restype = [c_void_p], c_char_p
        library.pins_free.argtypes, library.pins_free.restype = [c_void_p], None
        library.pins_library_version.argtypes = []
        library.pins_library_version.restype = c_char_p
        return library
    raise ImportError(
        "libpins is not found; name it in PINS_LIBRARY, or 'make install' it: "
        + "; ".join(failures))


lib = _load()


def library_version():
    """The version of the C library."""
    return lib.pins_library_version().decode()


def message(handle):
    return lib.pins_message(handle).decode()


def take_text(pointer):
    """The text that the library gave, which is then its own no more."""
    if not pointer.value:
        return None
    try:
        return ctypes.string_at(pointer.value).decode()
    finally:
        lib.pins_free(pointer)


def encoded(text):
    """Text for C; a path may hold any bytes."""
    if text is None:
        return None
    data = os.fsencode(text) if isinstance(text, os.PathLike) else (
        text.encode() if isinstance(text, str) else bytes(text))
    if b"\0" in data:
        from .errors import UsageError

        raise UsageError("a text has a NUL in it")
    return data


def texts(items):
    """An array that ends with NULL; `None` where nothing is given."""
    if items is None:
        return None
    items = [encoded(item) for item in items]
    return (c_char_p * (len(items) + 1))(*items, None)


def progress(callback):
    """A progress callback; `False`, or an exception, cancels the call."""
    if callback is None:
        return Progress()

    def call(_, phase, done, total):
        try:
            return 1 if callback(phase.decode(), done, total or None) is False else 0
        except Exception:
            return 1

    return Progress(call)
