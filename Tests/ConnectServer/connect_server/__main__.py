"""Runs the server until its standard input ends; the first line says where and for whom.

    python3 -m connect_server [--port N] [--prefix /PATH] [--folder DIR]
"""

import argparse
import json
import sys
import threading

from .server import ConnectServer


def main():
    parser = argparse.ArgumentParser(prog="connect_server")
    parser.add_argument("--port", type=int, default=0, help="a free one by default")
    parser.add_argument("--prefix", default="", help="a path before all others")
    parser.add_argument("--folder", help="where bundles are kept while it runs")
    arguments = parser.parse_args()
    server = ConnectServer(arguments.port, arguments.prefix, arguments.folder)
    threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
    line = {"url": server.url, "port": server.server_address[1], "keys": server.keys}
    print(json.dumps(line), flush=True)
    try:
        sys.stdin.read()
    except KeyboardInterrupt:
        pass
    server.shutdown()
    server.server_close()


if __name__ == "__main__":
    main()
