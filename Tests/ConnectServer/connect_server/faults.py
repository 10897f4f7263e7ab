"""Failures that a test arms, and the log of what was asked."""

import re
import threading

KINDS = {
    # Answers before anything is done.
    "status",
    # Does it, and answers as if it had failed.
    "after",
    # Closes the connection: while a body comes in, or in the middle of an answer.
    "cut",
    # Does it, and closes the connection without an answer.
    "drop",
    # Of the deployment that is asked for: `polls`, `seconds`, `error`.
    "task-fails",
    "task-slow",
    "task-lost",
}


class Faults:
    """Each is `{"kind", "method", "path" (a regular expression), "skip", "times", …}`."""

    def __init__(self):
        self.lock = threading.Lock()
        self.armed = []

    def arm(self, fault):
        if fault.get("kind") not in KINDS:
            raise ValueError(f"a fault's kind is one of {sorted(KINDS)}")
        re.compile(fault.get("path", ""))
        with self.lock:
            self.armed.append({"skip": 0, "times": 1, **fault})

    def clear(self):
        with self.lock:
            self.armed = []

    def take(self, method, path):
        """The first one that is meant, if it is its turn."""
        with self.lock:
            for fault in self.armed:
                if fault.get("method", method) != method:
                    continue
                if not re.search(fault.get("path", ""), path):
                    continue
                if fault["skip"] > 0:
                    fault["skip"] -= 1
                    continue
                if fault["times"] == 0:
                    continue
                fault["times"] -= 1
                return fault
        return None

    def json(self):
        with self.lock:
            return list(self.armed)


class RequestLog:
    def __init__(self):
        self.lock = threading.Lock()
        self.entries = []

    def add(self, **entry):
        with self.lock:
            self.entries.append(entry)

    def clear(self):
        with self.lock:
            self.entries = []

    def json(self):
        with self.lock:
            return list(self.entries)
