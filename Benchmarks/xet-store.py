#!/usr/bin/env python3
"""Puts a file into a local store of hf-xet and takes it out again, by its own local endpoint.

    xet-store.py write STORE FILE               prints the name: a digest and a length
    xet-store.py read STORE DIGEST LENGTH FILE
    xet-store.py version
"""

import importlib.metadata
import sys
import warnings

import hf_xet

warnings.simplefilter("ignore")


def main(words: list[str]) -> None:
    match words:
        case ["write", store, path]:
            [info] = hf_xet.upload_files(
                [path], f"local://{store}", None, None, None, None, skip_sha256=True)
            print(info.hash, info.file_size)
        case ["read", store, digest, length, path]:
            wanted = hf_xet.PyXetDownloadInfo(path, digest, int(length))
            hf_xet.download_files([wanted], f"local://{store}", None, None, None)
        case ["version"]:
            print("hf-xet", importlib.metadata.version("hf-xet"))
        case _:
            raise SystemExit(__doc__)


main(sys.argv[1:])
