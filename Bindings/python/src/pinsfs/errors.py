"""Why a call failed: one class for each status of pins.h, each also what Python calls it."""


class Error(Exception):
    """A call failed; `status` is the exit status that the command would have."""

    status = 74

    def __init__(self, message):
        super().__init__(message)
        self.message = message

    def __str__(self):
        return self.message


class UsageError(Error, ValueError):
    status = 64


class Corrupt(Error):
    status = 65


class NotFound(Error, FileNotFoundError):
    status = 66


class Unavailable(Error, ConnectionError):
    status = 69


class CannotCreate(Error, OSError):
    status = 73


class IOFailure(Error, OSError):
    status = 74


class TryAgain(Error):
    status = 75


class NeedsNewer(Error):
    status = 76


class NotPermitted(Error, PermissionError):
    status = 77


class Cancelled(Error):
    status = 130


_CLASSES = {
    cls.status: cls for cls in (
        UsageError, Corrupt, NotFound, Unavailable, CannotCreate, IOFailure, TryAgain, NeedsNewer,
        NotPermitted, Cancelled)
}


def of_status(status, message):
    return _CLASSES.get(status, IOFailure)(message)
