"""The server as a whole."""

import ssl
import tempfile
from http.server import ThreadingHTTPServer

from .faults import Faults, RequestLog
from .handler import Handler
from .model import Model
from .tasks import Tasks


class ConnectServer(ThreadingHTTPServer):
    """On loopback; three users, each with a key; everything else is empty."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port=0, prefix="", folder=None, keys=None, certificate=None):
        super().__init__(("127.0.0.1", port), Handler)
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            # Threads of requests shake hands: who does not finish keeps nobody waiting.
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False)
            self.scheme = "https"
        self.prefix = "/" + prefix.strip("/") if prefix.strip("/") else ""
        self.scratch = tempfile.TemporaryDirectory(prefix="connect-", dir=folder)
        self.folder = self.scratch.name
        self.model = Model()
        self.tasks = Tasks()
        self.faults = Faults()
        self.log = RequestLog()
        self.bundle_byte_count_max = None
        self.keys = {}
        for name, role in [
            ("admin", "administrator"),
            ("susan", "publisher"),
            ("derek", "publisher"),
        ]:
            user = self.model.add_user(name, role)
            self.keys[name] = user.make_key()
            if keys and name in keys:
                user.keys = [keys[name]]
                self.keys[name] = keys[name]

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}{self.prefix}"

    def handle_error(self, request, client_address):
        # A connection that a test has cut is no news.
        import sys

        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError, ssl.SSLError)):
            super().handle_error(request, client_address)

    def server_close(self):
        super().server_close()
        self.scratch.cleanup()
