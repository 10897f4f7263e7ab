"""Runs the server until its standard input ends, or whoever started it does; the first line says where and for whom.

    python3 -m connect_server [--port N] [--prefix /PATH] [--folder DIR]
                              [--certificate CHAIN KEY]
"""

import argparse
import json
import os
import select
import signal
import sys
import threading

from .server import ConnectServer


def main():
    parent = os.getppid()
    # Some parents start their children with most signals blocked.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})
    parser = argparse.ArgumentParser(prog="connect_server")
    parser.add_argument("--port", type=int, default=0, help="a free one by default")
    parser.add_argument("--prefix", default="", help="a path before all others")
    parser.add_argument("--folder", help="where bundles are kept while it runs")
    parser.add_argument(
        "--certificate", nargs=2, metavar=("CHAIN", "KEY"), help="speak TLS with these PEM files")
    arguments = parser.parse_args()
    server = ConnectServer(
        arguments.port, arguments.prefix, arguments.folder, certificate=arguments.certificate)
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    line = {"url": server.url, "port": server.server_address[1], "keys": server.keys}
    print(json.dumps(line), flush=True)
    try:
        # Other children of the parent may hold the other end of the input open.
        while os.getppid() == parent:
            if select.select([sys.stdin], [], [], 1)[0] and not os.read(0, 4096):
                break
    except KeyboardInterrupt:
        pass
    server.shutdown()
    server.server_close()


if __name__ == "__main__":
    main()
