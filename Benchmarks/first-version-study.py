#!/usr/bin/env python3
"""What a first version costs, by how neighbouring chunks help each other.

    Benchmarks/first-version-study.py FILE...      needs the Python module zstandard

For pieces as long as the mean chunk of an average of 64 and of 256 KiB, at level 3: every piece alone; with the piece
before as prefix in runs of two and of four (a reader then decodes up to that many); with the first of four as prefix of
the others; with a dictionary of 112 KiB trained on every eighth piece. In percent of the file as one zstd frame.
"""
import sys

import zstandard

LEVEL = 3


def compressor(prefix=b"", dictionary=None):
    if prefix:
        dictionary = zstandard.ZstdCompressionDict(prefix, zstandard.DICT_TYPE_RAWCONTENT)
    return zstandard.ZstdCompressor(level=LEVEL, dict_data=dictionary)


def alone(pieces):
    return sum(len(compressor().compress(piece)) for piece in pieces)


def chained(pieces, run):
    return sum(
        len(compressor(pieces[i - 1] if i % run else b"").compress(piece))
        for i, piece in enumerate(pieces))


def star(pieces, run):
    return sum(
        len(compressor(pieces[i - i % run] if i % run else b"").compress(piece))
        for i, piece in enumerate(pieces))


def trained(pieces):
    samples = [piece[i:i + 8192] for piece in pieces[::8] for i in range(0, len(piece), 8192)]
    try:
        dictionary = zstandard.train_dictionary(112 << 10, samples, level=LEVEL)
    except zstandard.ZstdError:
        return None
    dictionary.precompute_compress(level=LEVEL)
    shared = compressor(dictionary=dictionary)
    return len(dictionary.as_bytes()) + sum(len(shared.compress(piece)) for piece in pieces)


def main(paths):
    print("| file | mean chunk | alone | run of 2 | run of 4 | star of 4 | dictionary |")
    print("| --- | --: | --: | --: | --: | --: | --: |")
    for path in paths:
        with open(path, "rb") as file:
            data = file.read()
        whole = len(compressor().compress(data))
        for mean in (75, 300):
            size = mean << 10
            pieces = [data[i:i + size] for i in range(0, len(data), size)]
            found = [alone(pieces), chained(pieces, 2), chained(pieces, 4), star(pieces, 4),
                     trained(pieces)]
            cells = ["–" if count is None else f"{100 * count / whole:.1f}" for count in found]
            print(f"| {path.rsplit('/', 1)[-1]} | {mean} KiB | {' | '.join(cells)} |", flush=True)


main(sys.argv[1:])
