#!/usr/bin/env python3
"""A file into a local store of hf-xet, and back: its Python interface as a command.

    store.py version
    store.py write STORE FILE            prints {"hash": …, "file_size": …}
    store.py read STORE HASH SIZE OUT
"""
import importlib.metadata
import json
import sys

import hf_xet


def main(words):
    if words == ["version"]:
        print("hf-xet", importlib.metadata.version("hf-xet"))
        return
    session = hf_xet.XetSession()
    endpoint = "local://" + words[1]
    if words[0] == "write":
        with session.new_upload_commit(endpoint=endpoint) as commit:
            upload = commit.start_upload_file(words[2])
        info = upload.result().xet_info
        print(json.dumps({"hash": info.hash, "file_size": info.file_size}))
    elif words[0] == "read":
        info = hf_xet.XetFileInfo(words[2], int(words[3]))
        with session.new_file_download_group(endpoint=endpoint) as group:
            download = group.start_download_file(info, words[4])
        download.result()
    else:
        sys.exit("unknown command " + words[0])


main(sys.argv[1:])
