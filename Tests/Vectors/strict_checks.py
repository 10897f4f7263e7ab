#!/usr/bin/env python3
"""Refuses what FORMAT.md forbids although it has a meaning, and cuts files (§4).

    verify BOARD                 as reference_decoder.py does it, and with every rule on top
    inspect FILE                 print the fields of one object
    chunks FILE [EXPONENT [N]]   print where §4 cuts a file
    vectors DIRECTORY            check the test vectors

What reference_decoder.py has read is encoded again, and has to give the same bytes (§2.2).
"""
import json
import os
import re
import struct
import sys
import unicodedata

import reference_decoder
from reference_decoder import (
    DAMAGE, FRAME, MIB, Board, Reader, crc32c, decoded, key_of, need, pin_hash,
    sha, tagged, unsealed, zstd_frame)


def ascending(items, section, what):
    need(all(a < b for a, b in zip(items, items[1:])), section, f"{what} not strictly ascending")


def same(encoded, data, section):
    need(encoded == data, section, "not what an encoder writes")


def ends(r):
    need(r.at == len(r.data), r.section, "trailing bytes")


# §2.5 Prologue and seal
def sealed(kind, body):
    data = b"\x89PIN" + kind + b"\r\n\x1a\1" + bytes(7) + body
    return data + sha(data)


def body_of(data, kind):
    body = unsealed(data, kind)
    need(not any(data[10:16]), "2.5", "reserved bytes")
    return body


# §2.6 Fields
LAYOUTS = {"u8": "B", "u32": "I", "u64": "Q", "i64": "q", "digest": "32s", "4 bytes": "4s",
           "16 bytes": "16s"}


def value(data, kind, section):
    """A value of one of the types of §2.6; or `kind` is the decoder of its bytes."""
    if kind in LAYOUTS:
        need(len(data) == struct.calcsize("<" + LAYOUTS[kind]), section, "length of a value")
        return struct.unpack("<" + LAYOUTS[kind], data)[0]
    if kind == "u32s":
        need(len(data) % 4 == 0, section, "length of a set")
        numbers = [item for item, in struct.iter_unpack("<I", data)]
        ascending(numbers, section, "set")
        return numbers
    return kind(data)


def record(data, section, fields):
    """A record. `fields` is {tag: (name, type)}, with the value that is written as absence."""
    r, result, last, count = Reader(data, section), {}, -1, 0
    while r.at < len(data):
        tag, length = r.unpack("HI")
        need(tag & 0x7FFF > last, "2.6", "numbers not strictly ascending")
        last, count = tag & 0x7FFF, count + 1
        need(count <= 4096, "8", "too many fields")
        content = r.take(length)
        need(tag in fields or tag < 0x8000, "2.6", f"unsupported feature: critical field {last}")
        need(tag in fields or tag | 0x8000 not in fields, "2.6", f"critical bit of {last}")
        if tag in fields:
            name, kind, *absence = fields[tag]
            result[name] = value(content, kind, section)
            need(result[name] not in absence, section, f"{name}: absence written out")
        else:
            result[f"field {tag}"] = content
    for tag, (name, _, *absence) in fields.items():
        need(tag < 0x8000 or absence or name in result, section, f"no {name}")
    return result


def text(limit):
    """The type of texts of at most `limit` bytes."""
    def check(data):
        need(len(data) <= limit, "8", "length of a text")
        return data.decode()
    return check


def texts(data):
    r = Reader(data, "7.6")
    count = r.unpack("I")[0]
    need(count <= 10_000, "8", "number of texts")
    result = [text(4096)(r.take(*r.unpack("I"))) for _ in range(count)]
    ends(r)
    return result


# §3.2 Names that users give
VERSION = r"\d{8}T\d{6}Z-[0-9a-f]{5}"


def component(name):
    need(name not in ("", ".", "..") and name[0] != " " and name[-1] != " ", "3.2", repr(name))
    bad = any(c in "/\\" or ord(c) < 32 or 127 <= ord(c) < 160 for c in name)
    need(not bad, "3.2", f"character in {name!r}")


def pin_name(data):
    name = data.decode()
    need(1 <= len(data) <= 255 and name.count("/") < 2, "3.2", "pin name")
    for part in name.split("/"):
        component(part)
    return name


def version_name(data):
    name = data.decode()
    need(re.fullmatch(VERSION, name, re.A), "3.2", f"version name {name!r}")
    return name


def label_name(data):
    name = data.decode()
    need(len(data) <= 255 and name != "latest", "3.2", "label")
    need(not re.fullmatch(VERSION, name, re.A), "3.2", "label like a version")
    component(name)
    return name


def check_path(path):
    need(1 <= len(path.encode()) <= 4096, "3.2", "length of a path")
    for part in path.split("/"):
        need(part not in ("", ".", ".."), "3.2", f"component of {path!r}")
        need(len(part.encode()) <= 255, "3.2", "length of a component")
        bad = any(c == "\\" or ord(c) < 32 or 127 <= ord(c) < 160 for c in part)
        need(not bad, "3.2", f"character in {path!r}")


# §4 Chunking
def chunker(data):
    need(len(data) == 4, "4.1", "length of the chunker")
    algorithm, exponent, normalization, zero = data
    need(algorithm == 1 and 12 <= exponent <= 22, "4.1", "algorithm or exponent")
    need(normalization <= 3 and zero == 0, "4.1", "normalisation or reserved byte")
    return data


def gear_table():
    table = []
    for byte in range(256):
        word = byte * 0x9E3779B1 & 0xFFFFFFFF
        word ^= word >> 15
        table.append(word * 0x85EBCA77 & 0xFFFFFFFF)
    return table


def cuts(data, exponent=16, normalization=2):
    """The end offset of every chunk."""
    gear, result, start = gear_table(), [], 0
    minimum, average, maximum = 1 << exponent - 2, 1 << exponent, 1 << exponent + 2
    strict = (1 << 32) - (1 << 32 - exponent - normalization)
    loose = (1 << 32) - (1 << 32 - exponent + normalization)
    while start < len(data):
        end, near, far = min(len(data), start + maximum), 0, 0
        for i in range(start + minimum - 32, end):
            near = (near << 1) + gear[data[i]] & 0xFFFFFFFF
            far = (far << 1) + gear[data[i - 32]] & 0xFFFFFFFF
            length, difference = i + 1 - start, near - far & 0xFFFFFFFF
            if length >= minimum and difference >= (strict if length < average else loose):
                end = i + 1
                break
        result.append(end)
        start = end
    return result


# §6 Codecs and filters
def content_size(stored):
    """The content size of what must be exactly one zstd frame (RFC 8878 §3.1.1)."""
    r = Reader(stored, "6.1")
    magic, flags = r.unpack("4sB")
    need(magic == b"\x28\xb5\x2f\xfd" and flags & 63 == 32, "6.1", "magic or descriptor")
    width = 1 << (flags >> 6)
    size = int.from_bytes(r.take(width), "little") + (256 if width == 2 else 0)
    is_last = 0
    while not is_last:
        header = int.from_bytes(r.take(3), "little")
        is_last, kind, length = header & 1, header >> 1 & 3, header >> 3
        need(kind < 3, "6.1", "block")
        r.take(1 if kind == 1 else length)
    ends(r)
    return size


def raw_frame(plain):
    """§6.2"""
    parts = [b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", len(plain))]
    last = max(0, len(plain) - 1) // 131072
    for i in range(last + 1):
        block = plain[i * 131072:(i + 1) * 131072]
        parts += [(int(i == last) | len(block) << 3).to_bytes(3, "little"), block]
    return b"".join(parts)


def check_stored(stored, form, raw_length):
    need(content_size(stored) == raw_length, "6.1", "content size")
    need(len(stored) <= raw_length + 9 + 3 * max(1, -(-raw_length // 131072)), "6.1", "length")
    if form >> 2 & 7 == 0:
        blocks = range(9, len(stored), 131075)
        plain = b"".join(stored[at + 3:at + 131075] for at in blocks)
        need(raw_frame(plain) == stored, "6.2", "not the canonical raw frame")


# §7.1 Config
def level(data):
    result = value(data, "i64", "7.1")
    need(-200 <= result <= 50, "7.1", "level")
    return result


FEATURES = ("features to read", "features to write", "features to collect")
CONFIG = {
    0x8001: ("board id", "16 bytes"), 0x8002: ("chunker", chunker),
    **{0x8003 + i: (name, "u32s", []) for i, name in enumerate(FEATURES)},
    0x8006: ("single writer", "u8", 0), 7: ("level", level, 3), 8: ("closure frames", "u8", 8),
    9: ("created", "i64"), 10: ("producer", text(255), ""), 11: ("parity", "u8"),
}


def config(data):
    fields = record(body_of(data, b"B"), "7.1", CONFIG)
    need(fields.get("single writer", 1) == 1, "7.1", "single writer")
    need(1 <= fields.get("closure frames", 1) <= 16, "7.1", "closure frames")
    need(1 <= fields.get("parity", 1) <= 100, "7.1", "parity")
    need(len(data) <= 65536, "8", "config")
    return fields


# §7.2 Pack
PACK_MAGIC = b"\x50\x2a\x4d\x18\x38\0\0\0\x89PINP\r\n\x1a\1\0"


def check_frame(frame, section):
    """The rules that a record, a footer's entry and an index entry share (§6.1, §7.2)."""
    form, depth, bases = frame["form"], frame["depth"], len(frame["bases"])
    kind, codec, filtering, closure = form & 3, form >> 2 & 7, form >> 5, frame["closure frames"]
    need(kind <= 1 and codec <= 2 and filtering <= 3, section, "form")
    need(not filtering or codec == 1, "6.3", "filter of this codec")
    need(not (kind == 1 and codec == 2), "7.2", "a node as delta")
    need(1 <= frame["raw length"] <= 16 * MIB, "8", "raw length")
    overhead = 24 + 32 * bases + (8 if codec == 2 else 0)
    need(frame["stored length"] > overhead, section, "stored length")
    if codec == 2:
        need(1 <= bases <= 2 and 1 <= depth <= 15 and bases < closure <= 16, "6.1", "delta")
        need(depth < closure, "6.1", "depth and closure frames")
    else:
        need((bases, depth, closure) == (0, 0, 1), "6.1", "depth, closure frames or bases")


def rows_of(frames, names):
    """The encoded entries of a footer or an index, and the encoded base table."""
    rows, bases = [], []
    for frame in frames:
        mine = len(frame["bases"])
        layout = "<32s" + "I" * (len(names) - 4) + "BBBBI"
        row = [frame[name] for name in names] + [mine, len(bases) if mine else 0]
        rows.append(struct.pack(layout, *row))
        bases += frame["bases"]
    return rows, b"".join(bases)


def pack(data):
    """A pack's layout, and its frames with what is stored of them."""
    need(64 + 20 + 64 <= len(data) <= 256 * MIB, "7.2", "length of a pack")
    need(data[:18] == PACK_MAGIC and data[18] <= 2, "7.2", "magic or content")
    need(not any(data[19:24] + data[48:64]), "7.2", "suite, key id or reserved bytes")
    offset, length = struct.unpack("<QI", data[-56:-44])
    need(64 <= offset and offset + length + 64 == len(data), "7.2", "place of the footer")
    frames, at = reference_decoder.pack_footer(data[offset:]), 64
    rows, bases = rows_of(frames, FRAME)
    r = Reader(data[offset:-64], "7.2")
    r.take(16 + sum(map(len, rows)) + len(bases))
    producer = text(255)(r.take(*r.unpack("I")))
    ends(r)
    counts = struct.pack("<IIII", 0x184D2A52, length - 8, len(rows), len(bases) // 32)
    same(data[offset:-64 - 4 - len(producer.encode())], counts + b"".join(rows) + bases, "7.2")
    need(len(rows) <= MIB, "8", "frames of a pack")
    for frame in frames:
        check_frame(frame, "7.2")
        need(frame["offset"] == at, "7.2", "frames with gaps")
        at += frame["stored length"]
        frame["stored"] = zstd_frame(data[frame["offset"]:at], frame)
        overhead = 24 + 32 * len(frame["bases"]) + (8 if frame["bases"] else 0)
        need(len(frame["stored"]) + overhead == frame["stored length"], "7.2", "stored length")
        check_stored(frame["stored"], frame["form"], frame["raw length"])
    need(at == offset, "7.2", "frames and footer")
    kinds = {frame["form"] & 3 for frame in frames}
    need(data[18] == {(0,): 1, (1,): 2}.get(tuple(kinds), 0), "7.2", "content")
    return {"name": key_of(data[24:48]), "content": data[18], "frames": frames,
            "producer": producer}


# §7.3 Node
def closes(count, digest):
    return count == 256 or count >= 16 and digest[31] & 31 == 0


def node_bytes(level, entries):
    rows = [struct.pack("<32sQQ" if level else "<32sI", *entry) for entry in entries]
    return struct.pack("<B3xI", level, len(rows)) + b"".join(rows)


def node(data):
    level, entries = reference_decoder.node(data)
    same(node_bytes(level, entries), data, "7.3")
    need(level <= 7 and len(entries) <= 256 and (entries or not level), "7.3", "level or count")
    for i, (digest, size, *chunks) in enumerate(entries):
        chunks = chunks[0] if level else 1
        need(1 <= chunks <= size <= chunks * 16 * MIB, "7.3", "entry")
        need(i == len(entries) - 1 or not closes(i + 1, digest), "7.3", "closing rule")
    need(sum(entry[1] for entry in entries) < 1 << 63, "7.3", "totals")
    return level, entries


def manifest_root(chunks):
    """The root over [(digest, raw length)], built from the bottom."""
    level, entries = 0, chunks
    while True:
        nodes, current = [], []
        for entry in entries:
            current.append(entry)
            if closes(len(current), entry[0]):
                nodes, current = nodes + [current], []
        nodes += [current] if current or not nodes else []
        upper = [(tagged("pins.node", node_bytes(level, one)), sum(entry[1] for entry in one),
                  sum(entry[2] for entry in one) if level else len(one)) for one in nodes]
        if len(upper) == 1:
            return upper[0][0]
        level, entries = level + 1, upper


# §7.4 Index segment
def index_segment(data):
    fields = reference_decoder.index_segment(data)
    entries, names = fields["entries"], fields["packs"]
    ascending(names, "7.4", "packs")
    need({entry["pack"] for entry in entries} == set(names), "7.4", "pack table")
    ascending([(entry["digest"], entry["depth"], entry["pack"], entry["offset"])
               for entry in entries], "7.4", "entries")
    for entry in entries:
        check_frame(entry, "7.4")
        end = entry["offset"] + entry["stored length"]
        need(entry["offset"] >= 64 and end <= 256 * MIB, "7.4", "offset")
    place = {name: number for number, name in enumerate(names)}
    numbered = [{**entry, "pack": place[entry["pack"]]} for entry in entries]
    rows, bases = rows_of(numbered, (FRAME[0], "pack", *FRAME[1:]))
    bits = next((bits for bits in range(24) if len(rows) <= 64 << bits), 24)
    buckets = [[] for _ in range(1 << bits)]
    for row in rows:
        buckets[int.from_bytes(row[:4], "big") >> 32 - bits].append(row)
    table, end = b"".join(bytes.fromhex(name.replace("-", "")) for name in names), 0
    for bucket in buckets:
        need(len(bucket) <= 65536, "8", "entries of a bucket")
        end += len(bucket)
        table += struct.pack("<II", end, crc32c(b"".join(bucket)))
    counts = (len(rows), len(names), len(bases) // 32, bits, crc32c(table))
    header = data[:16] + struct.pack("<QIIB23xI", *counts)
    body = header[16:] + struct.pack("<I", crc32c(header)) + table + b"".join(rows) + bases
    same(sealed(b"I", body), data, "7.4")
    return fields


# §7.5 Table segment
def table_segment(data, kind=b"T"):
    rows = reference_decoder.table_segment(data, kind)
    ascending([key for key, _ in rows], "7.5", "keys")
    blocks, index, block, first = b"", b"", b"", b""
    for i, (key, row) in enumerate(rows):
        need(1 <= len(key) <= 1024 and len(row or b"") <= 64 * MIB, "8", "key or value")
        first = first if block else key
        block += struct.pack("<HI", len(key), 0xFFFFFFFF if row is None else len(row))
        block += key + (row or b"")
        if len(block) >= 16384 or i == len(rows) - 1:
            place = (16 + len(blocks), len(block), crc32c(block), len(first))
            index += struct.pack("<QIIH", *place) + first
            blocks, block = blocks + block, b""
    need(len(index) <= 64 * MIB, "8", "block index")
    count = struct.unpack("<I", data[-52:-48])[0]
    trailer = struct.pack("<QIIQI", 16 + len(blocks), len(index), count, len(rows), crc32c(index))
    body = blocks + index + trailer + struct.pack("<I", crc32c(trailer))
    same(sealed(kind, body), data, "7.5")
    return rows


# §7.9 Sketch segment
def sketch_segment(data):
    rows = table_segment(data, b"S")
    need(all(len(key) == 8 and row and len(row) == 32 for key, row in rows), "7.9", "rows")
    return {"entries": [{"feature": key, "chunk": row} for key, row in rows]}


def names_of(data):
    need(len(data) % 24 == 0, "7.5", "pack names")
    names = [key_of(data[i:i + 24]) for i in range(0, len(data), 24)]
    ascending(names, "7.5", "pack names")
    return names


PACK_ROW = {
    0x8001: ("status", "u8"), 0x8002: ("byte count", "u64"), 0x8003: ("footer length", "u32"),
    0x8004: ("footer digest", "digest"), 0x8005: ("frame count", "u32"), 6: ("raw bytes", "u64", 0),
    7: ("since", "u64"), 8: ("time", "i64"), 9: ("session", "16 bytes"),
    12: ("lost", "u8", 0),
}


def pack_row(data):
    fields = record(data, "7.5", PACK_ROW)
    need(fields["status"] <= 2, "7.5", "status")
    need(fields.get("lost", 1) == 1, "7.5", "lost")
    need(fields["byte count"] <= 256 * MIB and fields["frame count"] <= MIB, "8", "pack")
    need(20 <= fields["footer length"] <= fields["byte count"] - 128, "7.5", "lengths")
    return fields


def version_row(data):
    fields = {0x8001: ("version record", bytes), 0x8002: ("packs", names_of)}
    return record(data, "7.5", fields)


def pin_row(data):
    fields = {0x8001: ("latest version", version_name), 0x8002: ("versions", "u64")}
    copied = {tag: VERSION_RECORD[tag] for tag in (0x8007, 9, 10, 11, 12, 13, 14, 15, 19)}
    return record(data, "7.5", {**fields, **copied})


def label_row(data):
    return record(data, "7.5", {0x8001: ("version name", version_name)})


# §7.6 Version record
def file_list(data):
    need(len(data) <= 1 << 30, "8", "file list")
    files = reference_decoder.file_list(data)
    encoded = [struct.pack("<I", len(files))]
    for file in files:
        path, size, shape = file["path"].encode(), file["size"], file["shape"]
        check_path(file["path"])
        need(shape <= 2 and (shape == 0) == (size == 0), "7.6", "shape")
        need(shape != 1 or size <= 16 * MIB, "7.6", "size of a chunk")
        need(shape != 2 or 1 < size < 1 << 63, "7.6", "size of a tree")
        encoded += [struct.pack("<I", len(path)), path,
                    struct.pack("<QBBxx", size, shape, "flat digest" in file),
                    file.get("digest", b""), file.get("flat digest", b"")]
        need(shape != 1 or file["root"] == manifest_root([(file["digest"], size)]), "7.3", "root")
    same(b"".join(encoded), data, "7.6")
    ascending([file["path"].encode() for file in files], "7.6", "paths")
    need(len(files) <= 1 << 24, "8", "files")
    need(sum(file["size"] for file in files) < 1 << 63, "7.6", "sizes")
    return files


def inline_file_list(data):
    need(len(data) <= 4096, "7.6", "a long list in the record")
    return file_list(data)


def file_list_field(data):
    need(len(data) == 48 and not any(data[13:16]), "7.6", "length or reserved bytes")
    size, count, shape, digest = struct.unpack("<QIB3x32s", data)
    need(shape == 2 or size <= 16 * MIB, "7.6", "file list of one chunk")
    need(4096 < size <= 1 << 30 and count <= 1 << 24 and shape in (1, 2), "7.6", "file list")
    return {"byte count": size, "file count": count, "shape": shape, "digest": digest}


VERSION_RECORD = {
    0x8001: ("pin name", pin_name), 0x8002: ("version name", version_name),
    0x8003: ("pin_hash", "digest"), 0x8004: ("chunker", chunker),
    0x8005: ("files", inline_file_list, None), 0x8006: ("file list", file_list_field, None),
    0x8007: ("size", "u64"), 0x8008: ("file count", "u32"), 9: ("created", "i64", 0),
    10: ("type", text(255), ""), 11: ("title", text(4096), ""),
    12: ("description", text(MIB), ""), 13: ("tags", texts, []), 14: ("urls", texts, []),
    15: ("user metadata", text(16 * MIB), ""), 16: ("parent", text(255), ""),
    17: ("parent digest", "digest"), 18: ("producer", text(255), ""),
    19: ("origin", text(16 * MIB), ""), 20: ("new chunks", "u64", 0),
    21: ("new bytes", "u64", 0), 22: ("chunks", "u64", 0),
}


def version_record(data):
    fields = record(data, "7.6", VERSION_RECORD)
    need(("files" in fields) != ("file list" in fields), "7.6", "one of files and file list")
    if "files" in fields:
        need(len(fields["files"]) == fields["file count"], "7.6", "file count")
        need(sum(file["size"] for file in fields["files"]) == fields["size"], "7.6", "size")
    else:
        need(fields["file list"]["file count"] == fields["file count"], "7.6", "file count")
    return fields


# §7.7 Latest
def latest(data):
    body = body_of(data, b"L")
    need(len(body) == 40 and any(body[:8]), "7.7", "length or number")
    return {"sequence number": int.from_bytes(body[:8], "little"), "commit digest": body[8:]}


# §7.8 Commit
def references(data):
    need(len(data) % 72 == 0 and 1 <= len(data) // 72 <= 256, "7.8", "references")
    result = []
    for name, size, count, digest in struct.iter_unpack("<24sQQ32s", data):
        need(count <= size <= 1 << 48, "7.8", "sizes of a segment")
        result.append({"name": key_of(name), "byte count": size, "entry count": count,
                       "digest": digest})
    return result


COMMIT = {
    0x8001: ("sequence number", "u64"), 0x8002: ("previous", "digest"),
    0x8003: ("commit id", "16 bytes"), 0x8004: ("kind", "u8"), 5: ("time", "i64"),
    0x8006: ("board id", "16 bytes"), 0x8007: ("orphan floor", "u64", 0),
    0x8008: ("log boundary", "u64", 0), 0x8009: ("index segments", references, []),
    0x800A: ("inline index", index_segment, None), 0x800B: ("table segments", references, []),
    0x800C: ("inline table", table_segment, []),
    **{0x800D + i: (name, "u32s", []) for i, name in enumerate(FEATURES)},
    16: ("producer", text(255), ""), 17: ("sketch segments", references, []),
    18: ("inline sketches", sketch_segment, None),
}


def commit(data):
    need(len(data) <= 64 * MIB, "8", "commit")
    fields = record(body_of(data, b"C"), "7.8", COMMIT)
    number = fields["sequence number"]
    need(number >= 1 and 1 <= fields["kind"] <= 5, "7.8", "number or kind")
    need(number > 1 or not any(fields["previous"]), "7.8", "previous")
    need(fields.get("orphan floor", 0) <= number, "7.8", "orphan floor")
    need(fields.get("log boundary", 0) <= max(0, number - 2), "7.8", "log boundary")
    need("inline index" not in fields or fields["inline index"]["entries"], "7.8", "empty index")
    return fields


# A board in a folder
class StrictBoard(Board):
    """Reads a board as `Board` does, and holds everything it reads against every rule."""

    def __init__(self, root):
        super().__init__(root)
        config(self.read("config"))
        self.packs = {name: pack_row(self.rows[b"\x10" + bytes.fromhex(name.replace("-", ""))])
                      for name in self.packs}
        self.frames = {}

    def commit_at(self, number):
        commit(self.read(f"commits/{number:020d}"))
        return super().commit_at(number)

    def segments(self, kind, folder, decode):
        decode = index_segment if kind == "index" else table_segment
        result = super().segments(kind, folder, decode)
        listed = self.commit.get(f"{kind} segments")
        listed = references(listed) if listed else []
        # The inline segment, if there is one, stands before those that are listed.
        for segment, reference in zip(result[len(result) - len(listed):], listed):
            rows = segment["entries"] if kind == "index" else segment
            need(len(rows) == reference["entry count"], "7.8", "entry count")
        return result

    def plain(self, digest, kind, below=16):
        plain = super().plain(digest, kind, below)
        if kind == 1:
            node(plain)
        return plain

    def check_pack(self, name):
        super().check_pack(name)
        frames = pack(self.read(f"packs/{name}"))["frames"]
        total = sum(frame["raw length"] for frame in frames)
        need(self.packs[name].get("raw bytes", total) == total, "7.5", "raw bytes")
        for frame in frames:
            del frame["stored"]
            self.frames[name, frame["offset"]] = {**frame, "pack": name}

    def file_chunks(self, root, above=8):
        chunks = super().file_chunks(root, above)
        # Equal roots mean equal nodes: their totals and where they close are right.
        need(above < 8 or len(chunks) > 1, "7.6", "a tree of one chunk")
        need(above < 8 or manifest_root(chunks) == root, "7.3", "nodes not closed by the rule")
        return chunks

    def version(self, key):
        fields, files = super().version(key)
        row = version_row(self.rows[key])
        need(set(row["packs"]) <= set(self.packs), "7.5", "a pack without a row")
        fields = version_record(row["version record"])
        need(fields["version name"][-5:] == fields["pin_hash"].hex()[:5], "3.2", "version name")
        if "file list" in fields:
            place = fields["file list"]
            pieces = self.content(place["shape"], place["digest"], place["byte count"])
            file_list(b"".join(pieces))
        folded = {unicodedata.normalize("NFC", file["path"]).casefold() for file in files}
        need(len(folded) == len(files), "3.2", "paths equal after folding")
        return fields, files

    def check_version(self, key):
        fields, files = self.version(key)
        count = 0
        for file in files:
            content = self.content(file["shape"], file.get("digest"), file["size"])
            lengths = [len(piece) for piece in content]
            count += len(lengths)
            if file["size"] <= 4 * MIB:
                content = self.content(file["shape"], file.get("digest"), file["size"])
                expected = cuts(b"".join(content), *fields["chunker"][1:3])
                found = [sum(lengths[:i + 1]) for i in range(len(lengths))]
                need(found == expected, "4", f"{file['path']!r} is cut elsewhere")
        need(fields.get("chunks", count) == count, "7.6", "chunks")
        return super().check_version(key)

    def check_pin(self, pin):
        """The pin's row says what its latest version's record says (§7.5)."""
        pin_name(pin.encode())
        summary, keys = pin_row(self.rows[b"\x20" + pin.encode()]), self.versions(pin)
        need(keys and len(keys) == summary["versions"], "7.5", "number of versions")
        newest = version_record(version_row(self.rows[keys[-1]])["version record"])
        need(newest["version name"] == summary["latest version"], "7.5", "latest version")
        for tag in (0x8007, 9, 10, 11, 12, 13, 14, 15, 19):
            name = VERSION_RECORD[tag][0]
            need(newest.get(name) == summary.get(name), "7.5", f"{name} of a pin")

    def check_row(self, key):
        """Nothing points at what is not there (§7.5)."""
        pin, _, name = key[1:].partition(b"\0")
        need(key[0] in (0x10, 0x20, 0x30, 0x40), "7.5", "kind of a row")
        if key[0] == 0x30:
            need(b"\x20" + pin in self.rows, "7.5", "a version without a pin")
        if key[0] == 0x40:
            label_name(name)
            target = label_row(self.rows[key])["version name"].encode()
            need(b"\x30" + pin + b"\0" + target in self.rows, "7.5", "a label of nothing")

    def check_place(self, entry):
        frame = self.frames.get((entry["pack"], entry["offset"]))
        need(frame == entry, "7.4", "no such frame at its place")

    def verify(self):
        result = super().verify()
        for pin in result["pins"]:
            self.attempt(pin, self.check_pin, pin)
        for key in self.rows:
            self.attempt(f"row {key!r}", self.check_row, key)
        for digest, entries in self.index.items():
            for entry in entries:
                self.attempt(f"index, {digest.hex()}", self.check_place, entry)
        return result


# The fields of one object
def pack_fields(data):
    """A pack on its own: its deltas' bases must be in it."""
    fields, plain = pack(data), {}
    for frame in sorted(fields["frames"], key=lambda frame: frame["depth"]):
        need(all(base in plain for base in frame["bases"]), "6.1", "a base that is not here")
        prefix = b"".join(plain[base] for base in frame["bases"])
        content = decoded(frame.pop("stored"), frame["form"], frame["raw length"], prefix)
        is_node = frame["form"] & 3 == 1
        digest = tagged("pins.node", content) if is_node else sha(content)
        need(digest == frame["digest"], "5", "digest of a frame")
        if is_node:
            node(content)
        plain[digest] = content
    return fields


def node_fields(data):
    level, entries = node(data)
    names = ("digest", "byte count", "chunk count") if level else ("digest", "raw length")
    return {"level": level, "entries": [dict(zip(names, entry)) for entry in entries],
            "node digest": tagged("pins.node", data)}


def table_fields(rows):
    return [{"key": key, "value": row} for key, row in rows]


def commit_fields(data):
    fields = {**commit(data), "commit digest": tagged("pins.commit", data[:-32])}
    if "inline table" in fields:
        fields["inline table"] = table_fields(fields["inline table"])
    return fields


def version_fields(data):
    return {**version_record(data), "version digest": tagged("pins.version", data)}


def file_list_fields(data):
    files = file_list(data)
    return {"files": files, "pin_hash": pin_hash(files)}


# §7.10 Parity
def parity(data):
    body_of(data, b"R")
    about = reference_decoder.parity_description(data, 16)
    size = about.pop("length")
    first, count = data[16:16 + size], len(about["parity checksums"])
    again = 16 + size + count * about["block length"]
    same(data[again:-32], first + struct.pack("<I", size), "7.10")
    blocks = [reference_decoder.parity_block(data, {**about, "length": size}, i)
              for i in range(count)]
    need(None not in blocks, "7.10", "checksum of a parity block")
    return {**about, "name": key_of(about["name"])}


KINDS = {
    "config": config, "pack": pack_fields, "node": node_fields, "index segment": index_segment,
    "table segment": lambda data: {"rows": table_fields(table_segment(data))},
    "sketch segment": sketch_segment,
    "pack row": pack_row, "version row": version_row, "pin row": pin_row, "label row": label_row,
    "version record": version_fields, "file list": file_list_fields, "latest": latest,
    "commit": commit_fields, "parity": parity,
}
MAGICS = {b"B": "config", b"C": "commit", b"L": "latest", b"T": "table segment",
          b"I": "index segment", b"S": "sketch segment", b"R": "parity"}


def plain_json(item):
    if isinstance(item, dict):
        return {name: plain_json(part) for name, part in item.items()}
    if isinstance(item, (list, tuple)):
        return [plain_json(part) for part in item]
    return item.hex() if isinstance(item, bytes) else item


def inspect(data):
    kind = "pack" if data[:4] == PACK_MAGIC[:4] else MAGICS.get(data[4:5])
    need(kind, "2.5", "unknown kind of object")
    return {"kind": kind, "fields": plain_json(KINDS[kind](data))}


# Test vectors
def generated(rule):
    """The bytes that a vector describes: {"fill": byte} or {"stream": seed}, and "count"."""
    count = rule["count"]
    if "fill" in rule:
        return bytes([rule["fill"]]) * count
    seed, blocks = rule["stream"].encode(), range(-(-count // 32))
    return b"".join(sha(seed, struct.pack("<Q", i)) for i in blocks)[:count]


def load(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read() if path[-1].endswith(".bin") else json.loads(file.read())


def results(root):
    """For every vector: its name, what it gives, and what it should give."""
    for case in load(root, "chunking.json")["cases"]:
        ends_found = cuts(generated(case["input"]), case["exponent"], case["normalization"])
        yield case["name"], ends_found, case["ends"]
    for case in load(root, "digests.json")["cases"]:
        data = bytes.fromhex(case["bytes"])
        digest = tagged(case["tag"], data) if case["tag"] else sha(data)
        yield case["name"], digest.hex(), case["digest"]
    for folder in ("valid", "invalid"):
        names = sorted(os.listdir(os.path.join(root, folder)))
        for name in [name[:-4] for name in names if name.endswith(".bin")]:
            wanted, data = load(root, folder, name + ".json"), load(root, folder, name + ".bin")
            try:
                found = plain_json(KINDS[wanted["kind"]](data))
            except DAMAGE as error:
                found = None if folder == "invalid" else str(error)
            yield f"{folder}/{name}", found, wanted["fields"] if folder == "valid" else None
    for name in sorted(os.listdir(os.path.join(root, "boards"))):
        if name.endswith(".json"):
            path = os.path.join(root, "boards", name[:-5])
            for board in (Board, StrictBoard):
                yield f"boards/{name}", board(path).verify(), load(root, "boards", name)


def check_vectors(root):
    checked, problems = 0, []
    for what, found, wanted in results(root):
        checked += 1
        if found != wanted:
            problems.append(f"{what}: {found!r} instead of {wanted!r}")
    return {"checked": checked, "problems": problems}


# Commands
def main(arguments):
    command, *rest = arguments or [""]
    try:
        if command == "verify" and len(rest) == 1:
            result = StrictBoard(rest[0]).verify()
        elif command == "vectors" and len(rest) == 1:
            result = check_vectors(rest[0])
        elif command == "inspect" and len(rest) == 1:
            with open(rest[0], "rb") as file:
                result = inspect(file.read())
        elif command == "chunks" and 1 <= len(rest) <= 3:
            with open(rest[0], "rb") as file:
                result = {"ends": cuts(file.read(), *map(int, rest[1:]))}
        else:
            print(__doc__, file=sys.stderr)
            return 64
    except DAMAGE as error:
        print(f"{command}: {error}", file=sys.stderr)
        return 1
    print(json.dumps(result, indent=2, ensure_ascii=False))
    return 1 if result.get("problems") else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
