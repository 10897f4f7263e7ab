#!/usr/bin/env python3
"""recover.py BOARD FOLDER: every file of every version of a board, as PIN/VERSION/PATH. Status 1 if some
cannot be read. Needs Python 3.8 and the program zstd alone; # are sections of FORMAT.md."""
import collections, functools, hashlib, json, mmap, os, pathlib, struct, subprocess, sys, tempfile
board, out, places, state, failed = *map(pathlib.Path, sys.argv[1:3]), collections.defaultdict(list), {}, 0
unpack = lambda layout, data, at: struct.unpack_from("<" + layout, data, at)
TEXTS = {"type": 10, "title": 11, "description": 12, "metadata": 15, "origin": 19}
def fields(data, at=0):  # 2.6: tag, length, value
    while at < len(data):
        (tag, size), start = unpack("HI", data, at), at + 6
        yield tag & 0x7FFF, data[start:(at := start + size)]
def rows(table, at=16):  # 7.5: entries up to the block index; of a deleted row nothing follows
    while table and at < unpack("Q", table, len(table) - 64)[0]:
        (key, size), start = unpack("HI", table, at), at + 6
        at = start + key + size % 0xFFFFFFFF
        yield table[start:start + key], table[start + key:at]
@functools.lru_cache(64)
def plain(kind, digest, below=16):  # 5, 6: any copy is right whose bytes have the digest
    for pack, start, end, raw, form, depth, bases in filter(lambda p: p[5] < below, places[kind, digest]):
        with tempfile.NamedTemporaryFile() as prefix:
            prefix.write(b"".join(plain(0, base, depth) for base in bases)), prefix.flush()
            zstd = ["zstd", "-dcq", f"--patch-from={prefix.name}"][:3 if bases else 2]
            data = subprocess.run(zstd, input=pack[start:end], stdout=-1).stdout
        result, width = bytearray(data), (0, 4, 8, 2)[form >> 5]
        for i in range(width if len(data) == raw else 0):  # 6.3
            result[i:raw // width * width:width] = data[raw // width * i:raw // width * (i + 1)]
        if hashlib.sha256((b"pins.node" + bytes(7)) * kind + result).digest() == digest: return bytes(result)
    raise LookupError(f"no good copy of {digest.hex()}")
def content(shape, digest):  # 7.3, 7.6: nothing, one chunk, or a tree of nodes
    node = plain(1, digest) if shape == 2 else b""
    for at in range(8, len(node), 48 if node[:1] > b"\0" else 36):
        yield from content(2 if node[0] else 1, node[at:at + 32])
    yield plain(0, digest) if shape == 1 else b""
for path in board.glob("packs/*"):  # 7.2: the footer says what stands where
    pack = mmap.mmap(os.open(path, os.O_RDONLY), 0, prot=mmap.PROT_READ)
    footer, _, count = unpack("QII", pack, len(pack) - 56)
    for at in range(footer + 16, footer + 16 + 52 * count, 52):
        digest, offset, size, raw, form, depth, many, first = unpack("32sIIIBBxBI", pack, at)
        first, start = footer + 16 + 52 * count + 32 * first, offset + (32 + 32 * many if many else 24)
        bases = [pack[i:i + 32] for i in range(first, first + 32 * many, 32)]
        places[form & 3, digest].append((pack, start, offset + size, raw, form, depth, bases))
commit = dict(fields(max(board.glob("commits/*")).read_bytes()[16:-32]))  # 7.8: the newest
keys = [commit[11][at:at + 24].hex("-", 16) for at in range(0, len(commit.get(11, "")), 72)][::-1]
for table in [(board / "tables" / key).read_bytes() for key in keys] + [commit.get(12, b"")]:
    state.update(rows(table))
for record in [dict(fields(dict(fields(state[key]))[1])) for key in state if key[0] == 48 and state[key]]:
    folder, at = out / record[1].decode() / record[2].decode(), 4
    files = record.get(5) or b"".join(content(record[6][12], record[6][16:]))  # 7.6
    while at < len(files):
        start = at + 4 + unpack("I", files, at)[0]
        path, shape = folder / files[at + 4:start].decode(), files[start + 8]
        at = start + 12 + 32 * (shape > 0) + 32 * (files[start + 9] & 1)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.open("wb").writelines(content(shape, files[start + 12:start + 44]))
        except LookupError as error:
            failed = print(path, error, file=sys.stderr) or 1
    notes = {name: record[tag].decode() for name, tag in TEXTS.items() if tag in record}
    folder.with_name(folder.name + ".json").write_text(json.dumps(notes))
sys.exit(failed)
