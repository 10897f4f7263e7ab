"""moto_server that answers creations one by one.

moto looks whether an object is there and stores it in two steps that other threads may come between,
once in some fifty races; Amazon S3 decides in one. Everything else stays as moto does it.
"""

import threading

from moto import server

CREATION = threading.Lock()


class OneByOne(server.DomainDispatcherApplication):
    def __call__(self, environ, start_response):
        if environ.get("HTTP_IF_NONE_MATCH") is None or environ["REQUEST_METHOD"] == "GET":
            return super().__call__(environ, start_response)
        with CREATION:
            return super().__call__(environ, start_response)


server.DomainDispatcherApplication = OneByOne
server.main()
