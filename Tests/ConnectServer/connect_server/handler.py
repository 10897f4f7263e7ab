"""HTTP: one connection a thread, as the standard library has it."""

import json
import re
import socket
import urllib.parse
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler

from . import errors
from .routes import API, CONTROL, PAGES

# What a body that nobody wanted may have left for the connection to be kept.
DRAIN = 256 << 10


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Connect-stand-in"
    # A small answer waits for nobody's acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def log_message(self, *arguments):
        pass

    def handle_expect_100(self):
        # Said only when a body is really read: a refusal comes before it is sent.
        return True

    def handle_one_request(self):
        try:
            self.is_refusing = False
            super().handle_one_request()
            if self.is_refusing:
                self.linger()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def linger(self):
        """As Go's server does: closed over bytes that nobody read, the answer would be lost."""
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(0.5)
        while self.connection.recv(1 << 16):
            pass

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    # One request

    def answer(self):
        self.begin()
        try:
            self.route()
        except errors.ConnectError as error:
            self.send_error_body(error)
        except (ConnectionError, TimeoutError):
            self.status = self.status or 0
            self.close_connection = True
        finally:
            self.record()

    def record(self):
        """Before the answer is sent: who has it may ask for the log at once."""
        if self.is_recorded or self.target.startswith("/__control__/"):
            return
        self.is_recorded = True
        self.server.log.add(
            method=self.command,
            path=self.target,
            query=self.query_text,
            status=self.status,
            user=self.user.username if self.user else None,
            received=self.received,
            sent=self.sent,
        )

    def begin(self):
        url = urllib.parse.urlsplit(self.path)
        self.target = urllib.parse.unquote(url.path)
        self.query_text = url.query
        self.query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        self.status = None
        self.user = None
        self.received = self.sent = 0
        self.is_recorded = False
        self.left = int(self.headers.get("Content-Length") or 0)
        self.continues = self.headers.get("Expect", "").lower() == "100-continue"
        self.fault = None
        self.base = self.headers.get("X-Forwarded-Proto", "http") + "://"
        self.base += self.headers.get("Host", "localhost") + self.server.prefix

    def route(self):
        if self.target.startswith("/__control__/"):
            return self.dispatch(CONTROL, self.target)
        if self.headers.get("Transfer-Encoding"):
            self.close_connection = self.is_refusing = True
            raise errors.length_required()
        prefix = self.server.prefix
        if not (self.target + "/").startswith(prefix + "/"):
            raise errors.missing("page")
        path = self.target[len(prefix) :]
        self.fault = self.server.faults.take(self.command, path)
        if self.fault and self.fault["kind"] == "status":
            raise self.planned_error()
        if self.fault and self.fault["kind"] == "cut" and self.left > 0:
            self.read_body(min(self.left, int(self.fault.get("bytes", 1 << 16))))
            raise ConnectionError("planned")
        if path.startswith("/__api__/") or path == "/__ping__":
            self.authenticate(is_needed=not self.is_open(path))
            self.check_forgery(path)
            return self.dispatch(API, path)
        self.authenticate(is_needed=False)
        return self.dispatch(PAGES, path)

    @staticmethod
    def is_open(path):
        return path in ("/__ping__", "/__api__/__login__", "/__api__/server_settings")

    def dispatch(self, table, path):
        found = False
        for method, pattern, action in table:
            match = re.fullmatch(pattern, path)
            if match:
                found = True
                if method == self.command or (method == "GET" and self.command == "HEAD"):
                    return action(self, *match.groups())
        if found:
            raise errors.ConnectError(405, None, "Method Not Allowed")
        raise errors.missing("page")

    def planned_error(self):
        fault = self.fault
        headers = {}
        if "retry_after" in fault:
            headers["Retry-After"] = str(fault["retry_after"])
        message = fault.get("error", "A planned failure.")
        return errors.ConnectError(int(fault.get("status", 500)), fault.get("code"), message, headers)

    # Who asks

    def authenticate(self, is_needed):
        scheme, _, key = self.headers.get("Authorization", "").partition(" ")
        model = self.server.model
        with model.lock:
            if scheme:
                self.user = model.user_of_key(key.strip()) if scheme == "Key" else None
                if self.user is None:
                    raise errors.bad_key()
                return
            cookie = SimpleCookie(self.headers.get("Cookie", "")).get("rsconnect")
            if cookie is not None:
                self.user = model.sessions.get(cookie.value)
        if self.user is None and is_needed:
            raise errors.no_credentials()

    def check_forgery(self, path):
        """Who logged in with a password sends the token back with whatever changes something."""
        if self.user is None or self.headers.get("Authorization") or self.command in ("GET", "HEAD"):
            return
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get("RSC-XSRF")
        if cookie is None or self.headers.get("X-RSC-XSRF") != cookie.value:
            raise errors.ConnectError(403, 37, "The request has no valid XSRF token.")

    # Bodies

    def read_body(self, limit):
        """At most `limit` bytes of the request's body, none at its end."""
        if self.continues:
            self.continues = False
            self.send_response_only(100)
            self.end_headers()
            self.wfile.flush()
        piece = self.rfile.read(min(limit, self.left))
        if not piece and self.left > 0 and limit > 0:
            raise ConnectionError("the upload was cut")
        self.left -= len(piece)
        self.received += len(piece)
        return piece

    def json_body(self):
        body = b""
        while self.left > 0:
            if len(body) > 1 << 20:
                raise errors.too_large()
            body += self.read_body(self.left)
        try:
            value = json.loads(body or b"{}")
        except ValueError as error:
            raise errors.bad_json(error) from error
        if not isinstance(value, dict):
            raise errors.bad_json("not an object")
        return value

    def settle(self):
        """Reads what is left of the body, or gives the connection up."""
        if self.left > DRAIN or (self.continues and self.left > 0):
            self.close_connection = self.is_refusing = True
        while self.left > 0 and not self.close_connection:
            self.read_body(self.left)

    # Answers

    def send_json(self, value, status=200, headers=None):
        body = (json.dumps(value) + "\n").encode()
        self.send_bytes(body, "application/json; charset=utf-8", status, headers)

    def send_error_body(self, error):
        if error.code is None:
            # What stands before the API, such as a proxy, has no codes.
            body = f"<html><body><h1>{error.status} {error.message}</h1></body></html>\n"
            return self.send_bytes(body.encode(), "text/html", error.status, error.headers)
        value = {"code": error.code, "error": error.message, "payload": None}
        return self.send_json(value, error.status, error.headers)

    def send_nothing(self, status=204):
        self.finish_effect()
        self.head(status, {"Content-Length": "0"} if status != 204 else {})
        self.wfile.flush()

    def send_bytes(self, body, kind, status=200, headers=None):
        if status < 400:
            self.finish_effect()
        fields = {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}
        self.head(status, fields)
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def finish_effect(self):
        """All is done; what was planned for the answer happens now."""
        fault, self.fault = self.fault, None
        if fault and fault["kind"] == "after":
            self.fault = fault
            error = self.planned_error()
            self.fault = None
            raise error
        if fault and fault["kind"] == "drop":
            raise ConnectionError("planned")
        self.fault = fault

    def head(self, status, fields):
        self.settle()
        self.status = status
        self.sent = 0 if self.command == "HEAD" else int(fields.get("Content-Length", 0))
        self.record()
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def send_file(self, path, kind):
        with open(path, "rb") as file:
            size = file.seek(0, 2)
            start, end = 0, size
            match = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
            if match and match.group(1):
                start = int(match.group(1))
                end = min(size, int(match.group(2) or size) + (1 if match.group(2) else 0))
            elif match and match.group(2):
                start = max(0, size - int(match.group(2)))
            fields = {"Content-Type": kind, "Accept-Ranges": "bytes"}
            if match and (start >= size or end <= start):
                fields.update({"Content-Range": f"bytes */{size}", "Content-Length": "0"})
                self.head(416, fields)
                return self.wfile.flush()
            if match:
                fields["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
            fields["Content-Length"] = str(end - start)
            self.finish_effect()
            self.head(206 if match else 200, fields)
            if self.command == "HEAD":
                return self.wfile.flush()
            if self.fault and self.fault["kind"] == "cut":
                end = start + (end - start) // 2
            file.seek(start)
            while start < end and (piece := file.read(min(1 << 20, end - start))):
                self.wfile.write(piece)
                start += len(piece)
            self.wfile.flush()
            if self.fault and self.fault["kind"] == "cut":
                self.connection.shutdown(socket.SHUT_RDWR)
                raise ConnectionError("planned")
        return None
