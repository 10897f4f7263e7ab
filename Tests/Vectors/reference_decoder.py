#!/usr/bin/env python3
"""A decoder of pins boards, written from FORMAT.md alone and laid out in its order.

    verify BOARD [--json]          read everything, print what there is; exit status 1 on a problem
    cat BOARD PIN [VERSION] [FILE] write a file to standard output
    inspect FILE                   print the fields of one object
    chunks FILE [EXPONENT]         print where §4 cuts a file
    vectors DIRECTORY              check the test vectors

It needs Python 3.9 or later and `zstandard` 0.19 or later. It is slow on purpose.
"""
import hashlib, json, os, re, struct, sys, unicodedata

EPOCH, MIB = 0, 1 << 20

class Bad(Exception):
    """A rejection: the section of FORMAT.md that the bytes violate, and how."""

def need(condition, section, what):
    if not condition:
        raise Bad(f"§{section}: {what}")

def sha(data):
    return hashlib.sha256(data).digest()

def ascending(items, section, what):
    need(all(a < b for a, b in zip(items, items[1:])), section, f"{what} not strictly ascending")

# §2 Conventions

CRC = []
for n in range(256):
    for _ in range(8):
        n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
    CRC.append(n)

def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF

def text_of(data, section="2.3"):
    try:
        return bytes(data).decode("utf-8")
    except UnicodeDecodeError:
        raise Bad(f"§{section}: invalid UTF-8") from None

class Reader:
    def __init__(self, data, section):
        self.data, self.at, self.section = data, 0, section

    def take(self, count):
        need(count <= len(self.data) - self.at, self.section, f"ends early at {self.at}")
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, size, signed=False):
        return int.from_bytes(self.take(size), "little", signed=signed)

    def numbers(self, *sizes):
        return [self.number(size) for size in sizes]

    def counted(self):
        return self.take(self.number(4))

    def zero(self, size):
        need(not any(self.take(size)), self.section, f"reserved bytes at {self.at - size}")

    def end(self):
        need(self.at == len(self.data), self.section, "trailing bytes")

def magic(kind):
    return b"\x89PIN" + kind + b"\r\n\x1a"

def unsealed(data, kind, section):
    """Checks the prologue and the seal (§2.5); returns what is between them."""
    need(len(data) >= 48, "2.5", "too short")
    need(data[:8] == magic(kind), "2.5", "magic")
    need(data[8:10] == EPOCH.to_bytes(2, "little"), "2.5", "epoch")
    need(sha(data[:-32]) == data[-32:], "2.5", "seal")
    need(not any(data[10:16]), "2.5", "reserved")
    return data[16:-32]

def value(data, kind, section):
    """The value of a field of one of the types of §2.6."""
    r, sizes = Reader(data, section), {"u8": 1, "u32": 4, "u64": 8, "digest": 32}
    if kind in ("u8", "u32", "u64", "i64"):
        result = r.number(sizes.get(kind, 8), kind == "i64")
    elif kind == "digest" or isinstance(kind, int):
        result = r.take(sizes.get(kind, kind)).hex()
    elif kind == "text":
        return text_of(data)
    elif kind == "texts":
        result = [text_of(r.counted()) for _ in range(r.number(4))]
    elif kind == "u32s":
        need(len(data) % 4 == 0, section, "length of a set")
        result = [r.number(4) for _ in range(len(data) // 4)]
        ascending(result, section, "set")
    else:
        return kind(data)
    r.end()
    return result

def record(data, section, fields, required):
    """A record (§2.6). `fields`: {tag: (name, type, value that is written as absence)}."""
    r, result, last, count = Reader(data, section), {}, -1, 0
    while r.at < len(data):
        tag, length = r.numbers(2, 4)
        need(tag & 0x7FFF > last, "2.6", "numbers not strictly ascending")
        last, count = tag & 0x7FFF, count + 1
        need(count <= 4096, "8", "too many fields")
        content = r.take(length)
        if tag in fields:
            name, kind, *default = fields[tag]
            result[name] = value(content, kind, section)
            need(result[name] not in default, section, f"{name}: default written out")
            need(result[name] != "" and (kind not in ("texts", "u32s", texts) or result[name]), "2.6", name)
        else:
            need(not tag & CRITICAL, "2.6", f"unsupported feature: critical tag {last}")
            need(tag | CRITICAL not in fields, "2.6", f"critical bit of {last}")
            result[f"field {tag}"] = content.hex()
    for tag in required:
        need(fields[tag][0] in result, section, f"no {fields[tag][0]}")
    return result

CRITICAL = 0x8000

# §3 Keys and names

def key_of(name):
    return f"{name[:8].hex()}-{name[8:].hex()}"

def component(name, section="3.2"):
    need(name not in ("", ".", "..") and name[0] != " " and name[-1] != " ", section, repr(name))
    bad = any(c in "/\\" or ord(c) < 32 or 127 <= ord(c) < 160 for c in name)
    need(not bad, section, f"character in {name!r}")

def pin_name(data):
    name = text_of(data)
    need(1 <= len(data) <= 255 and name.count("/") < 2, "3.2", "pin name")
    for part in name.split("/"):
        component(part)
    return name

VERSION = r"\d{8}T\d{6}Z-[0-9a-f]{5}"

def version_name(data):
    name = text_of(data)
    need(re.fullmatch(VERSION, name, re.A), "3.2", f"version name {name!r}")
    return name

def label_name(data):
    name = text_of(data)
    need(len(data) <= 255 and name != "latest", "3.2", "label")
    need(not re.fullmatch(VERSION, name, re.A), "3.2", "label like a version")
    component(name)
    return name

def file_path(data):
    path = text_of(data)
    need(1 <= len(data) <= 4096, "3.2", "length of a path")
    for part in path.split("/"):
        need(part not in ("", ".", ".."), "3.2", f"component of {path!r}")
        need(len(part.encode()) <= 255, "3.2", "length of a component")
        bad = any(c == "\\" or ord(c) < 32 or 127 <= ord(c) < 160 for c in part)
        need(not bad, "3.2", f"character in {path!r}")
    return path

# §4 Chunking

def chunker(data):
    r = Reader(data, "4.1")
    algorithm, exponent, normalization, zero = r.numbers(1, 1, 1, 1)
    r.end()
    need(algorithm == 1 and 12 <= exponent <= 22 and normalization <= 3 and zero == 0, "4.1", "chunker")
    return bytes(data).hex()

def gear_table():
    table = []
    for byte in range(256):
        x = byte * 0x9E3779B1 & 0xFFFFFFFF
        x ^= x >> 15
        table.append(x * 0x85EBCA77 & 0xFFFFFFFF)
    return table

def cuts(data, exponent=16, normalization=2):
    """The end offset of every chunk."""
    gear, ends, start = gear_table(), [], 0
    minimum, average, maximum = 1 << exponent - 2, 1 << exponent, 1 << exponent + 2
    strict, loose = (1 << 32) - (1 << 32 - exponent - normalization), (1 << 32) - (
        1 << 32 - exponent + normalization)
    while start < len(data):
        end, near, far = min(len(data), start + maximum), 0, 0
        for i in range(start + minimum - 32, end):
            near = (near << 1) + gear[data[i]] & 0xFFFFFFFF
            far = (far << 1) + gear[data[i - 32]] & 0xFFFFFFFF
            length, difference = i + 1 - start, near - far & 0xFFFFFFFF
            if length >= minimum and difference >= (strict if length < average else loose):
                end = i + 1
                break
        ends.append(end)
        start = end
    return ends

# §5 Digests

def tagged(tag, *parts):
    return sha(tag.encode().ljust(16, b"\0") + b"".join(parts))

def pin_hash(files):
    """§5.1; a file is (path, size, manifest root)."""
    files = sorted(files)
    return tagged("pins.content", struct.pack("<I", len(files)), *(
        struct.pack("<I", len(path)) + path + struct.pack("<Q", size) + root
        for path, size, root in files))

# §6 Codecs and filters

def content_size(stored):
    """The content size of what must be exactly one zstd frame (RFC 8878 §3.1.1)."""
    r = Reader(stored, "6.1")
    need(r.take(4) == b"\x28\xb5\x2f\xfd", "6.1", "no zstd frame")
    flags = r.number(1)
    need(flags & 63 == 32, "6.1", "descriptor")
    size = r.number(1 << (flags >> 6)) + (256 if flags >> 6 == 1 else 0)
    last = 0
    while not last:
        header = r.number(3)
        last, kind, length = header & 1, header >> 1 & 3, header >> 3
        need(kind < 3, "6.1", "block")
        r.take(1 if kind == 1 else length)
    r.end()
    return size

def raw_frame(plain):
    """§6.2"""
    out, pieces = [b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", len(plain))], max(1, -(-len(plain) // 131072))
    for i in range(pieces):
        piece = plain[i * 131072:(i + 1) * 131072]
        out += [((i == pieces - 1) | len(piece) << 3).to_bytes(3, "little"), piece]
    return b"".join(out)

def unshuffled(data, width):
    """§6.3"""
    q = len(data) // width
    out = bytearray(data)
    for j in range(width):
        out[j:q * width:width] = data[j * q:(j + 1) * q]
    return bytes(out)

def decoded(stored, form, raw_length, prefix):
    """The plain bytes of a frame."""
    codec, filtering = form >> 2 & 7, form >> 5
    need(content_size(stored) == raw_length, "6.1", "content size")
    need(len(stored) <= raw_length + 9 + 3 * max(1, -(-raw_length // 131072)), "6.1", "length")
    if codec == 0:
        plain = stored[9:]
        plain = b"".join(plain[i + 3:i + 131075] for i in range(0, len(plain), 131075))
        need(raw_frame(plain) == stored, "6.2", "not the canonical raw frame")
    else:
        import zstandard
        options = {"max_window_size": 1 << 24}
        if codec == 2:
            options["dict_data"] = zstandard.ZstdCompressionDict(
                prefix, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        try:
            plain = zstandard.ZstdDecompressor(**options).decompress(stored, max_output_size=raw_length)
        except zstandard.ZstdError as error:
            raise Bad(f"§6.1: {error}") from None
    need(len(plain) == raw_length, "6.1", "raw length")
    return unshuffled(plain, 4 * filtering) if filtering else plain

# §7.1 Config

PRODUCER = lambda data: (need(len(data) <= 255, "8", "producer"), text_of(data))[1]
def level(data):
    result = value(data, "i64", "7.1")
    need(-200 <= result <= 50, "7.1", "level")
    return result

CONFIG = {
    CRITICAL | 1: ("board id", 16), CRITICAL | 2: ("chunker", chunker),
    CRITICAL | 3: ("features to read", "u32s"), CRITICAL | 4: ("features to write", "u32s"),
    CRITICAL | 5: ("features to collect", "u32s"), CRITICAL | 6: ("single writer", "u8", 0),
    7: ("level", level, 3), 8: ("closure frames", "u8", 4), 9: ("created", "i64"),
    10: ("producer", PRODUCER),
}

def supported(fields):
    need(not fields.get("features to read"), "11", "unsupported feature")
    return fields

def config(data):
    fields = record(unsealed(data, b"B", "7.1"), "7.1", CONFIG, [CRITICAL | 1, CRITICAL | 2])
    need(fields.get("single writer", 1) == 1, "7.1", "single writer")
    need(1 <= fields.get("closure frames", 1) <= 16, "7.1", "closure frames")
    need(len(data) <= 65536, "8", "config")
    return fields

# §7.2 Pack

def shape_of_frame(section, form, depth, closure, bases, raw, stored):
    """The rules that a record, a footer's entry and an index entry share (§6.1, §7.2)."""
    kind, codec, filtering = form & 3, form >> 2 & 7, form >> 5
    need(kind <= 1 and codec <= 2 and filtering <= 2, section, "form")
    need(not filtering or codec == 1, "6.3", "filter of this codec")
    need(not (kind == 1 and codec == 2), "7.2", "a node as delta")
    need(1 <= raw <= 16 * MIB, "8", "raw length")
    need(stored > 24 + 32 * bases + (8 if codec == 2 else 0), section, "stored length")
    if codec == 2:
        need(1 <= bases <= 2 and 1 <= depth <= 15 and bases < closure <= 16, "6.1", "delta")
        need(depth < closure, "6.1", "depth and closure frames")
    else:
        need((bases, depth, closure) == (0, 0, 1), "6.1", "depth, closure frames or bases")

def frame_at(pack, at):
    """The frame whose record stands at `at`: its fields and its zstd frame."""
    r = Reader(pack, "7.2")
    r.at = at
    need(r.number(4) == 0x184D2A51, "7.2", f"no record at {at}")
    length = r.number(4)
    begin = r.at
    form, depth, closure, bases, raw, size, crc = r.numbers(1, 1, 1, 1, 4, 4, 4)
    need(length == 16 + 32 * bases, "7.2", "length of a record")
    digests = [r.take(32) for _ in range(bases)]
    if form >> 2 & 7 == 2:
        need(r.number(4) == 0x184D2A54 and r.number(4) == size, "7.2", "wrapper of a delta")
    stored = r.take(size)
    need(crc == crc32c(pack[begin:begin + 12] + b"".join(digests) + stored), "7.2", "CRC of a frame")
    shape_of_frame("7.2", form, depth, closure, bases, raw, r.at - at)
    return {"offset": at, "stored length": r.at - at, "raw length": raw, "form": form, "depth": depth,
            "closure frames": closure, "bases": digests, "stored": stored}

def pack_header(pack, name=None):
    r = Reader(pack, "7.2")
    need(len(pack) <= 256 * MIB, "8", "pack")
    need(r.numbers(4, 4) == [0x184D2A50, 56] and r.take(8) == magic(b"P"), "7.2", "magic")
    need(r.number(2) == EPOCH, "7.2", "epoch")
    content, suite = r.numbers(1, 1)
    need(content <= 2 and suite == 0, "7.2", "content or suite")
    r.zero(4)
    own = r.take(24)
    r.zero(16)
    need(name in (None, key_of(own)), "7.2", "name of a pack")
    return {"name": key_of(own), "content": content}

def pack_footer(pack):
    """The checked footer: its frames, with their digests, and the producer."""
    need(len(pack) >= 64 + 20 + 64, "7.2", "too short")
    r = Reader(pack[-64:], "7.2")
    need(r.numbers(4, 4) == [0x184D2A53, 56], "7.2", "trailer")
    offset, length, frames, digest, last = *r.numbers(8, 4, 4), r.take(32), r.take(8)
    need(last == magic(b"p"), "7.2", "magic of the trailer")
    need(64 <= offset and offset + length + 64 == len(pack), "7.2", "place of the footer")
    footer = pack[offset:-64]
    need(sha(footer) == digest, "7.2", "digest of the footer")
    r = Reader(footer, "7.2")
    need(r.numbers(4, 4) == [0x184D2A52, length - 8], "7.2", "footer")
    count, base_count = r.numbers(4, 4)
    need(count == frames and count <= MIB and base_count <= 2 * count, "7.2", "counts")
    rows = [(r.take(32), *r.numbers(4, 4, 4, 1, 1, 1, 1, 4)) for _ in range(count)]
    bases, result, at, used = [r.take(32) for _ in range(base_count)], [], 64, 0
    producer = PRODUCER(r.counted())
    r.end()
    for digest, place, stored, raw, form, depth, closure, mine, first in rows:
        shape_of_frame("7.2", form, depth, closure, mine, raw, stored)
        need(place == at and first == (used if mine else 0), "7.2", "entries with gaps")
        at, used = at + stored, used + mine
        need(used <= base_count, "7.2", "base table")
        result.append({"digest": digest, "offset": place, "stored length": stored, "raw length": raw,
                       "form": form, "depth": depth, "closure frames": closure,
                       "bases": bases[used - mine:used]})
    need(at == offset and used == base_count, "7.2", "frames and footer")
    return result, producer, length

# §7.3 Node

def node(data):
    r = Reader(data, "7.3")
    level, _, count = r.number(1), r.zero(3), r.number(4)
    need(level <= 7 and count <= 256 and (count or not level), "7.3", "level or count")
    entries = [(r.take(32), *(r.numbers(8, 8) if level else r.numbers(4))) for _ in range(count)]
    r.end()
    for i, (digest, size, *chunks) in enumerate(entries):
        chunks = chunks[0] if level else 1
        need(1 <= chunks <= size <= chunks * 16 * MIB, "7.3", "entry")
        need(i == count - 1 or not closes(i + 1, digest), "7.3", "closing rule")
    need(sum(e[1] for e in entries) < 1 << 63, "7.3", "totals")
    return level, entries

def closes(count, digest):
    return count == 256 or count >= 16 and digest[31] & 31 == 0

def node_bytes(level, entries):
    return struct.pack("<B3xI", level, len(entries)) + b"".join(
        e[0] + struct.pack("<QQ" if level else "<I", *e[1:]) for e in entries)

def manifest_root(chunks):
    """The root over [(digest, raw length)], built from the bottom."""
    level, entries = 0, chunks
    while True:
        nodes, current = [], []
        for entry in entries:
            current.append(entry)
            if closes(len(current), entry[0]):
                nodes, current = nodes + [current], []
        if current or not nodes:
            nodes.append(current)
        upper = [(tagged("pins.node", node_bytes(level, n)), sum(e[1] for e in n),
                  sum(e[2] for e in n) if level else len(n)) for n in nodes]
        if len(nodes) == 1:
            return upper[0][0]
        level, entries = level + 1, upper

# §7.4 Index segment

def index_segment(data):
    body = unsealed(data, b"I", "7.4")
    r = Reader(body, "7.4")
    entries, packs, bases, bits = r.numbers(8, 4, 4, 1)
    r.zero(23)
    table_crc, header_crc = r.numbers(4, 4)
    need(header_crc == crc32c(data[:60]), "7.4", "header CRC")
    smallest = next((f for f in range(24) if entries <= 64 << f), 24)
    need(packs <= entries and bases <= 2 * entries, "7.4", "counts")
    need(entries < 1 << 32 and bits == smallest, "7.4", "entry count or fan-out bits")
    need(len(body) == 48 + 24 * packs + (8 << bits) + 56 * entries + 32 * bases, "7.4", "length")
    start = r.at
    names = [bytes(r.take(24)) for _ in range(packs)]
    ascending(names, "7.4", "packs")
    fan_out = [r.numbers(4, 4) for _ in range(1 << bits)]
    need(table_crc == crc32c(body[start:r.at]), "7.4", "table CRC")
    start, rows = r.at, [(r.take(32), *r.numbers(4, 4, 4, 4, 1, 1, 1, 1, 4)) for _ in range(entries)]
    base_table, last, used, at = [r.take(32) for _ in range(bases)], 0, 0, start
    r.end()
    for bucket, (end, crc) in enumerate(fan_out):
        need(last <= end <= entries, "7.4", "fan-out")
        need(crc == crc32c(body[start + 56 * last:start + 56 * end]), "7.4", "CRC of a bucket")
        for row in rows[last:end]:
            need(int.from_bytes(row[0], "big") >> 256 - bits == bucket, "7.4", "bucket")
        last = end
    need(last == entries, "7.4", "fan-out")
    ascending([(row[0], row[6], row[1], row[2]) for row in rows], "7.4", "entries")
    need({row[1] for row in rows} == set(range(packs)), "7.4", "pack table")
    result = []
    for digest, pack, offset, stored, raw, form, depth, closure, mine, first in rows:
        shape_of_frame("7.4", form, depth, closure, mine, raw, stored)
        need(offset >= 64 and offset + stored <= 1 << 28, "7.4", "offset")
        need(first == (used if mine else 0), "7.4", "first base")
        used += mine
        result.append({"digest": digest, "pack": key_of(names[pack]), "offset": offset,
                       "stored length": stored, "raw length": raw, "form": form, "depth": depth,
                       "closure frames": closure, "bases": base_table[used - mine:used]})
    need(used == bases, "7.4", "base table")
    return {"fan-out bits": bits, "packs": [key_of(n) for n in names], "entries": result}

# §7.5 Table segment

def table_segment(data):
    body = unsealed(data, b"T", "7.5")
    need(len(body) >= 32, "7.5", "too short")
    r = Reader(body[-32:], "7.5")
    offset, length, blocks, count, index_crc, crc = r.numbers(8, 4, 4, 8, 4, 4)
    need(crc == crc32c(body[-32:-4]), "7.5", "trailer CRC")
    need(length <= 64 * MIB and offset + length + 64 == len(data), "7.5", "place of the index")
    index = data[offset:offset + length]
    need(index_crc == crc32c(index), "7.5", "index CRC")
    r, at, entries = Reader(index, "7.5"), 16, []
    for number in range(blocks):
        begin, size, crc, key_size = r.numbers(8, 4, 4, 2)
        key = r.take(key_size)
        need(begin == at and size and at + size <= offset, "7.5", "place of a block")
        block = Reader(data[at:at + size], "7.5")
        need(crc == crc32c(block.data), "7.5", "CRC of a block")
        first = len(entries)
        while block.at < size:
            need(block.at < 16384, "7.5", "block not closed")
            key_size, value_size = block.numbers(2, 4)
            need(1 <= key_size <= 1024, "7.5", "length of a key")
            need(value_size == 0xFFFFFFFF or value_size <= 64 * MIB, "8", "value")
            entries.append((block.take(key_size),
                            None if value_size == 0xFFFFFFFF else block.take(value_size)))
        need(size >= 16384 or number == blocks - 1, "7.5", "short block")
        need(entries[first][0] == key, "7.5", "first key")
        at += size
    r.end()
    need(at == offset and len(entries) == count, "7.5", "blocks or entry count")
    ascending([key for key, _ in entries], "7.5", "keys")
    return entries

def names_of(data):
    need(len(data) % 24 == 0, "7.5", "pack names")
    names = [bytes(data[i:i + 24]) for i in range(0, len(data), 24)]
    ascending(names, "7.5", "pack names")
    return [key_of(name) for name in names]

PACK_ROW = {
    CRITICAL | 1: ("status", "u8"), CRITICAL | 2: ("byte count", "u64"),
    CRITICAL | 3: ("footer length", "u32"), CRITICAL | 4: ("digest", "digest"),
    CRITICAL | 5: ("frame count", "u32"), 6: ("raw bytes", "u64", 0), 7: ("since", "u64"),
    8: ("time", "i64"), 9: ("session", 16),
}

def pack_row(data):
    fields = record(data, "7.5", PACK_ROW, [CRITICAL | n for n in range(1, 6)])
    need(fields["status"] <= 2, "7.5", "status")
    need(fields["byte count"] <= 256 * MIB and fields["frame count"] <= MIB, "8", "pack")
    need(20 <= fields["footer length"] <= fields["byte count"] - 128, "7.5", "lengths")
    return fields

def version_row(data):
    both = {CRITICAL | 1: ("version record", bytes), CRITICAL | 2: ("packs", names_of)}
    return record(data, "7.5", both, both)

def pin_row(data):
    fields = {CRITICAL | 1: ("latest version", version_name), CRITICAL | 2: ("versions", "u64")}
    copied = {tag: VERSION_RECORD[tag] for tag in (CRITICAL | 7, 9, 10, 11, 12, 13, 14, 15, 19)}
    return record(data, "7.5", {**fields, **copied}, [*fields, CRITICAL | 7])

def label_row(data):
    return record(data, "7.5", {CRITICAL | 1: ("version name", version_name)}, [CRITICAL | 1])

# §7.6 Version record

def at_most(limit):
    def check(data):
        need(len(data) <= limit, "8", "length of a field")
        return text_of(data)
    return check

def texts(data):
    result = value(data, "texts", "7.6")
    need(len(result) <= 10000 and all(len(t.encode()) <= 4096 for t in result), "8", "texts")
    return result

def file_list_field(data):
    r = Reader(data, "7.6")
    size, count, shape = r.numbers(8, 4, 1)
    r.zero(3)
    digest = r.take(32)
    r.end()
    need(shape == 2 or size <= 16 * MIB, "7.6", "file list of one chunk")
    need(4096 < size <= 1 << 30 and count <= 1 << 24 and shape in (1, 2), "7.6", "file list")
    return {"byte count": size, "file count": count, "shape": shape, "digest": digest}

def inline_file_list(data):
    need(len(data) <= 4096, "7.6", "a long list in the record")
    return file_list(data)

def file_list(data):
    """§7.6: the files; their manifest roots are filled in where the list has them."""
    r, result = Reader(data, "7.6"), []
    count = r.number(4)
    need(count <= 1 << 24, "8", "files")
    for _ in range(count):
        path = bytes(r.counted())
        file_path(path)
        size, shape, flags = r.numbers(8, 1, 1)
        r.zero(2)
        need(shape <= 2 and flags <= 1 and (shape == 0) == (size == 0), "7.6", "shape or flags")
        need(shape != 1 or size <= 16 * MIB, "7.6", "size of a chunk")
        need(shape != 2 or 1 < size < 1 << 63, "7.6", "size of a tree")
        file = {"path": path, "size": size, "shape": shape}
        if shape:
            file["digest"] = bytes(r.take(32))
        if flags & 1:
            file["flat digest"] = bytes(r.take(32))
        if shape == 2:
            file["root"] = file["digest"]
        else:
            file["root"] = manifest_root([(file["digest"], size)] if shape else [])
        result.append(file)
    r.end()
    ascending([file["path"] for file in result], "7.6", "paths")
    need(len(data) <= 1 << 30 and sum(f["size"] for f in result) < 1 << 63, "8", "file list")
    return result

VERSION_RECORD = {
    CRITICAL | 1: ("pin name", pin_name), CRITICAL | 2: ("version name", version_name),
    CRITICAL | 3: ("pin_hash", "digest"), CRITICAL | 4: ("chunker", chunker),
    CRITICAL | 5: ("files", inline_file_list), CRITICAL | 6: ("file list", file_list_field),
    CRITICAL | 7: ("size", "u64"), CRITICAL | 8: ("file count", "u32"), 9: ("created", "i64", 0),
    10: ("type", at_most(255)), 11: ("title", at_most(4096)),
    12: ("description", at_most(MIB)), 13: ("tags", texts), 14: ("urls", texts),
    15: ("user metadata", at_most(16 * MIB)), 16: ("parent", at_most(255)),
    17: ("parent digest", "digest"), 18: ("producer", PRODUCER),
    19: ("origin", at_most(16 * MIB)), 20: ("new chunks", "u64", 0),
    21: ("new bytes", "u64", 0), 22: ("chunks", "u64", 0),
}

def version_record(data):
    required = [CRITICAL | n for n in (1, 2, 3, 4, 7, 8)]
    fields = record(data, "7.6", VERSION_RECORD, required)
    need(("files" in fields) != ("file list" in fields), "7.6", "one of files and file list")
    if "files" in fields:
        need(len(fields["files"]) == fields["file count"], "7.6", "file count")
        need(sum(f["size"] for f in fields["files"]) == fields["size"], "7.6", "size")
    else:
        need(fields["file list"]["file count"] == fields["file count"], "7.6", "file count")
    return fields

# §7.7 Latest, §7.8 Commit

def latest(data):
    body = unsealed(data, b"L", "7.7")
    need(len(body) == 40 and any(body[:8]), "7.7", "length or number")
    return {"sequence number": int.from_bytes(body[:8], "little"), "commit digest": body[8:].hex()}

def references(data):
    need(len(data) % 72 == 0 and 1 <= len(data) // 72 <= 1024, "7.8", "references")
    parts = [struct.unpack("<24sQQ32s", data[i:i + 72]) for i in range(0, len(data), 72)]
    need(all(e <= b <= 1 << 48 for _, b, e, _ in parts), "7.8", "sizes of a segment")
    return [{"name": key_of(n), "byte count": b, "entry count": e, "digest": d} for n, b, e, d in parts]

COMMIT = {
    CRITICAL | 1: ("sequence number", "u64"), CRITICAL | 2: ("previous", "digest"),
    CRITICAL | 3: ("commit id", 16), CRITICAL | 4: ("kind", "u8"), 5: ("time", "i64"),
    CRITICAL | 6: ("board id", 16), CRITICAL | 7: ("orphan floor", "u64", 0),
    CRITICAL | 8: ("log boundary", "u64", 0), CRITICAL | 9: ("index segments", references),
    CRITICAL | 10: ("inline index", index_segment), CRITICAL | 11: ("table segments", references),
    CRITICAL | 12: ("inline table", table_segment, []),
    CRITICAL | 13: ("features to read", "u32s"), CRITICAL | 14: ("features to write", "u32s"),
    CRITICAL | 15: ("features to collect", "u32s"), 16: ("producer", PRODUCER),
}

def commit(data):
    need(len(data) <= 64 * MIB, "8", "commit")
    required = [CRITICAL | n for n in (1, 2, 3, 4, 6)]
    fields = record(unsealed(data, b"C", "7.8"), "7.8", COMMIT, required)
    need(fields["sequence number"] >= 1 and 1 <= fields["kind"] <= 5, "7.8", "number or kind")
    number = fields["sequence number"]
    need(number > 1 or int(fields["previous"], 16) == 0, "7.8", "previous")
    need(fields.get("orphan floor", 0) <= number, "7.8", "orphan floor")
    need(fields.get("log boundary", 0) <= max(0, number - 2), "7.8", "log boundary")
    need(not fields.get("inline index") or fields["inline index"]["entries"], "7.8", "empty index")
    return fields

# A board in a folder

class Board:
    def __init__(self, root):
        self.root, self.chunks, self.frames, self.problems = root, {}, {}, []
        self.config = supported(config(self.read("config")))
        numbers = sorted(int(n) for n in self.names("commits") if re.fullmatch(r"\d{20}", n, re.A))
        need(numbers, "9.3", "no commit")
        self.commit_bytes = self.read(f"commits/{numbers[-1]:020d}")
        self.commit = supported(self.checked_commit(numbers[-1], self.commit_bytes))
        self.check_log(numbers)
        self.rows = self.merged_tables()
        self.packs = {key_of(k[1:]): pack_row(v) for k, v in self.rows.items() if k[0] == 0x10}
        self.index = self.merged_index()

    def names(self, folder):
        path = os.path.join(self.root, folder)
        return os.listdir(path) if os.path.isdir(path) else []

    def read(self, key):
        try:
            with open(os.path.join(self.root, key), "rb") as file:
                return file.read()
        except OSError as error:
            raise Bad(f"§3.1: {key}: {error.strerror}") from None

    def checked_commit(self, number, data):
        fields = commit(data)
        need(fields["sequence number"] == number, "7.8", "commit under another number")
        need(fields["board id"] == self.config["board id"], "7.8", "commit of another board")
        return fields

    def check_log(self, numbers):
        """The commits above the log boundary are one chain of digests (§7.8, §9.6)."""
        boundary, fields = self.commit.get("log boundary", 0), self.commit
        kept = [n for n in numbers if n > boundary]
        need(kept and kept[-1] - kept[0] == len(kept) - 1, "9.6", "the log has gaps")
        need(kept[0] == boundary + 1 or boundary == 0 and kept[0] == 1, "9.6", "the log has gaps")
        for number in reversed(kept[:-1]):
            data = self.read(f"commits/{number:020d}")
            need(tagged("pins.commit", data[:-32]).hex() == fields["previous"], "7.8", "chain")
            fields = self.checked_commit(number, data)

    def segments(self, kind, decode):
        inline = self.commit.get(f"inline {kind}")
        result = [] if inline is None else [inline]
        for ref in self.commit.get(f"{kind} segments", []):
            key = ("index/" if kind == "index" else "tables/") + ref["name"]
            data = self.read(key)
            need(len(data) == ref["byte count"] and sha(data) == ref["digest"], "7.8", key)
            segment = decode(data)
            count = len(segment["entries"] if kind == "index" else segment)
            need(count == ref["entry count"], "7.8", f"entry count of {key}")
            result.append(segment)
        return result

    def merged_tables(self):
        rows = {}
        for segment in reversed(self.segments("table", table_segment)):
            rows.update((bytes(k), v) for k, v in segment)
        return {k: v for k, v in sorted(rows.items()) if v is not None}

    def merged_index(self):
        index = {}
        for segment in self.segments("index", index_segment):
            for entry in segment["entries"]:
                if entry["pack"] in self.packs:
                    index.setdefault(bytes(entry["digest"]), []).append(entry)
        return index

    def pack(self, name):
        """The frames of a pack by offset; everything in it is checked, except what they decode to."""
        if name not in self.frames:
            row, data = self.packs[name], self.read(f"packs/{name}")
            pack_header(data, name)
            need(len(data) == row["byte count"] and sha(data) == bytes.fromhex(row["digest"]),
                 "7.5", f"pack {name} is not what its row says")
            entries, _, length = pack_footer(data)
            need((length, len(entries)) == (row["footer length"], row["frame count"]), "7.5", "row")
            if "raw bytes" in row:
                need(sum(e["raw length"] for e in entries) == row["raw bytes"], "7.5", "raw bytes")
            self.frames[name] = {e["offset"]: checked_frame(data, e) for e in entries}
        return self.frames[name]

    def plain(self, digest, kind, below=16):
        """The bytes of a chunk (kind 0) or node (kind 1), with the closure of its frame (§6.1)."""
        if (digest, kind) in self.chunks and self.chunks[digest, kind][1] < below:
            return self.chunks[digest, kind][0]
        why = f"no copy of {digest.hex()}"
        for entry in self.index.get(digest, []):
            if entry["form"] & 3 != kind or entry["depth"] >= below:
                continue
            try:
                frame = self.pack(entry["pack"]).get(entry["offset"])
                need(frame and all(frame[k] == entry[k] for k in entry if k != "pack"), "7.4", "place")
                prefix = b"".join(self.plain(bytes(b), 0, entry["depth"]) for b in frame["bases"])
                plain = decoded(frame["stored"], frame["form"], frame["raw length"], prefix)
                need(named(plain, kind) == digest, "5", "digest")
                self.chunks[digest, kind] = plain, entry["depth"]
                return plain
            except Bad as error:
                why = f"{digest.hex()} in {entry['pack']}: {error}"
        raise Bad(f"§7.4: {why}")

    def file_chunks(self, root):
        """The (digest, raw length) of a manifest's chunks, and the check of its totals (§7.3)."""
        stack, chunks, expected = [(root, None, None)], [], None
        while stack:
            digest, level, totals = stack.pop()
            here, entries = node(self.plain(digest, 1))
            need(level in (None, here), "7.3", "level of a node")
            got = sum(e[1] for e in entries), sum(e[2] for e in entries) if here else len(entries)
            need(totals in (None, got), "7.3", "totals of a node")
            if here:
                stack += [(bytes(e[0]), here - 1, (e[1], e[2])) for e in reversed(entries)]
            else:
                chunks += [(bytes(e[0]), e[1]) for e in entries]
        need(manifest_root(chunks) == root, "7.3", "nodes not closed by the rule")
        return chunks

    def content(self, shape, digest, size):
        """The bytes of a file, in pieces that have been compared with their digests."""
        chunks = [] if shape == 0 else [(digest, size)] if shape == 1 else self.file_chunks(digest)
        need(sum(c[1] for c in chunks) == size, "7.6", "size of a file")
        need(shape != 2 or len(chunks) > 1, "7.6", "a tree of one chunk")
        for chunk, length in chunks:
            piece = self.plain(chunk, 0)
            need(len(piece) == length, "7.3", "length of a chunk")
            yield piece

    def version(self, key):
        """One version: (fields, files)."""
        row = version_row(self.rows[key])
        fields = version_record(row["version record"])
        need(fields["version name"][-5:] == fields["pin_hash"][:5], "3.2", "version name")
        own = fields["pin name"].encode() + b"\0" + fields["version name"].encode()
        need(key[1:] == own, "7.5", "version under another key")
        need(set(row["packs"]) <= set(self.packs), "7.5", "a pack without a row")
        files = fields.get("files")
        if files is None:
            place = fields["file list"]
            files = file_list(b"".join(self.content(*(place[k] for k in ("shape", "digest", "byte count")))))
            need(len(files) == fields["file count"], "7.6", "file count")
        need(sum(f["size"] for f in files) == fields["size"], "7.6", "size")
        hashed = pin_hash((f["path"], f["size"], f["root"]) for f in files)
        need(hashed.hex() == fields["pin_hash"], "5.1", "pin_hash")
        folded = {unicodedata.normalize("NFC", f["path"].decode()).casefold() for f in files}
        need(len(folded) == len(files), "3.2", "paths equal after folding")
        return fields, files

    def versions(self, pin):
        return sorted(k for k in self.rows if k.startswith(b"\x30" + pin.encode() + b"\0"))

    def attempt(self, what, body):
        try:
            return body()
        except Bad as error:
            self.problems.append(f"{what}: {error}")

    def summary_of(self, key):
        fields, files = self.version(key)
        result, chunks = [], 0
        for file in files:
            whole, size, pieces = hashlib.sha256(), 0, []
            for piece in self.content(file["shape"], file.get("digest"), file["size"]):
                whole.update(piece)
                pieces.append(piece)
                chunks += 1
            data = b"".join(pieces)
            exponent, level = bytes.fromhex(fields["chunker"])[1:3]
            ends = cuts(data, exponent, level) if len(data) <= 4 * MIB else None
            lengths = [sum(len(p) for p in pieces[:i + 1]) for i in range(len(pieces))]
            need(ends in (None, lengths), "4", f"{file['path']!r} is cut elsewhere")
            need(file.get("flat digest", whole.digest()) == whole.digest(), "7.6", "flat digest")
            result.append({"path": file["path"].decode(), "size": len(data), "sha256": whole.hexdigest()})
        need(fields.get("chunks", chunks) == chunks, "7.6", "chunks")
        return {"version": fields["version name"], "pin_hash": fields["pin_hash"], "files": result}

    def verify(self):
        for name in self.packs:
            self.attempt(f"pack {name}", lambda: self.pack(name))
        for digest, entries in self.index.items():
            self.attempt(digest.hex(), lambda: self.plain(digest, entries[0]["form"] & 3))
        pins = {}
        for key, row in self.rows.items():
            if key[0] == 0x20:
                pins[pin_name(key[1:])] = []
            need(key[0] in (0x10, 0x20, 0x30, 0x40), "7.5", "kind of a row")
        for pin, versions in pins.items():
            keys = self.versions(pin)
            for key in keys:
                found = self.attempt(f"{pin} {key!r}", lambda: self.summary_of(key))
                versions += [found] if found else []
            self.attempt(pin, lambda: self.check_pin(pin, keys))
        return {"board": self.config["board id"], "commit": self.commit["sequence number"],
                "commit digest": tagged("pins.commit", self.commit_bytes[:-32]).hex(),
                "packs": len(self.packs), "pins": pins, "problems": self.problems}

    def check_pin(self, pin, keys):
        summary = pin_row(self.rows[b"\x20" + pin.encode()])
        need(keys and len(keys) == summary["versions"], "7.5", "number of versions")
        newest = version_record(version_row(self.rows[keys[-1]])["version record"])
        need(newest["version name"] == summary["latest version"], "7.5", "latest version")
        for name in ("created", "type", "title", "description", "tags", "urls", "user metadata", "origin", "size"):
            need(newest.get(name) == summary.get(name), "7.5", f"{name} of a pin")
        for key in self.rows:
            if key[0] == 0x30:
                need(b"\x20" + key[1:].split(b"\0")[0] in self.rows, "7.5", "a version without a pin")
            if key[0] == 0x40:
                owner, label = key[1:].split(b"\0")
                label_name(label)
                target = label_row(self.rows[key])["version name"].encode()
                need(b"\x30" + owner + b"\0" + target in self.rows, "7.5", "label of nothing")

def checked_frame(pack, entry):
    frame = frame_at(pack, entry["offset"])
    need(all(frame[k] == entry[k] for k in frame if k != "stored"), "7.2", "record and footer differ")
    return {**entry, "stored": frame["stored"]}

def named(plain, kind):
    return tagged("pins.node", plain) if kind else sha(plain)

# Commands

def pack_fields(data):
    """A pack on its own: its deltas' bases must be in it."""
    entries, producer, _ = pack_footer(data)
    frames, plain = [checked_frame(data, e) for e in entries], {}
    for frame in sorted(frames, key=lambda f: f["depth"]):
        missing = [b for b in frame["bases"] if bytes(b) not in plain]
        need(not missing, "6.1", "a base that is not in this pack")
        prefix = b"".join(plain[bytes(b)] for b in frame["bases"])
        content = decoded(frame.pop("stored"), frame["form"], frame["raw length"], prefix)
        need(named(content, frame["form"] & 3) == frame["digest"], "5", "digest of a frame")
        if frame["form"] & 3:
            node(content)
        plain[bytes(frame["digest"])] = content
    return {**pack_header(data), "frames": frames, "producer": producer}

def node_fields(data):
    level, entries = node(data)
    names = ("digest", "byte count", "chunk count") if level else ("digest", "raw length")
    return {"level": level, "entries": [dict(zip(names, e)) for e in entries],
            "node digest": tagged("pins.node", data)}

def commit_fields(data):
    fields = commit(data)
    if "inline table" in fields:
        fields["inline table"] = table_fields(fields["inline table"])
    return {**fields, "commit digest": tagged("pins.commit", data[:-32])}

def table_fields(entries):
    return [{"key": k, "value": v} for k, v in entries]

def file_list_fields(data):
    files = file_list(data)
    return {"files": files, "pin_hash": pin_hash((f["path"], f["size"], f["root"]) for f in files)}

KINDS = {
    "config": config, "pack": pack_fields, "node": node_fields, "index segment": index_segment,
    "table segment": lambda data: {"rows": table_fields(table_segment(data))},
    "pack row": pack_row, "version row": version_row, "pin row": pin_row, "label row": label_row,
    "version record": lambda data: {**version_record(data), "version digest": tagged("pins.version", data)},
    "file list": file_list_fields, "latest": latest, "commit": commit_fields,
}

def plain_json(item):
    if isinstance(item, dict):
        return {k: item[k].decode() if k == "path" else plain_json(item[k]) for k in item}
    if isinstance(item, (list, tuple)):
        return [plain_json(i) for i in item]
    return bytes(item).hex() if isinstance(item, (bytes, bytearray)) else item

def inspect(data):
    kinds = {b"B": "config", b"C": "commit", b"L": "latest", b"T": "table segment", b"I": "index segment"}
    kind = "pack" if data[:4] == b"\x50\x2a\x4d\x18" else kinds.get(data[4:5])
    need(kind, "2.5", "unknown kind of object")
    return {"kind": kind, "fields": plain_json(KINDS[kind](data))}

def generated(rule):
    """The bytes that a vector describes: {"fill": byte} or {"stream": seed}, and "count"."""
    count = rule["count"]
    if "fill" in rule:
        return bytes([rule["fill"]]) * count
    seed, blocks = rule["stream"].encode(), range(-(-count // 32))
    return b"".join(sha(seed + struct.pack("<Q", i)) for i in blocks)[:count]

def load(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read() if path[-1].endswith(".bin") else json.loads(file.read())

def check_vectors(root):
    def names(folder, suffix):
        return sorted(n[:-len(suffix)] for n in os.listdir(os.path.join(root, folder)) if n.endswith(suffix))

    checked, problems = 0, []

    def expect(what, got, wanted):
        nonlocal checked
        checked += 1
        if got != wanted:
            problems.append(f"{what}: {got!r} instead of {wanted!r}")

    for case in load(root, "chunking.json")["cases"]:
        expect(case["name"], cuts(generated(case["input"]), case["exponent"], case["normalization"]), case["ends"])
    for case in load(root, "digests.json")["cases"]:
        data = bytes.fromhex(case["bytes"])
        expect(case["name"], (tagged(case["tag"], data) if case["tag"] else sha(data)).hex(), case["digest"])
    for name in names("valid", ".bin"):
        wanted = load(root, "valid", name + ".json")
        try:
            got = plain_json(KINDS[wanted["kind"]](load(root, "valid", name + ".bin")))
        except Bad as error:
            got = str(error)
        expect(f"valid/{name}", got, wanted["fields"])
    for name in names("invalid", ".bin"):
        try:
            KINDS[load(root, "invalid", name + ".json")["kind"]](load(root, "invalid", name + ".bin"))
            expect(f"invalid/{name}", "accepted", "rejected")
        except Bad:
            checked += 1
    for name in names("boards", ".json"):
        expect(f"boards/{name}", Board(os.path.join(root, "boards", name)).verify(), load(root, "boards", name + ".json"))
    return {"checked": checked, "problems": problems}

def show(result):
    print(json.dumps(result, indent=2, ensure_ascii=False))
    return 1 if result.get("problems") else 0

def cat(root, pin, version=None, path=None):
    board = Board(root)
    keys = [k for k in board.versions(pin) if version in (None, k.split(b"\0")[1].decode())]
    need(keys, "7.5", "no such version")
    files = [f for f in board.version(keys[-1])[1] if path in (None, f["path"].decode())]
    need(len(files) == 1, "7.6", f"{len(files)} files")
    for piece in board.content(files[0]["shape"], files[0].get("digest"), files[0]["size"]):
        sys.stdout.buffer.write(piece)
    return 0

def main(arguments):
    as_json = "--json" in arguments
    command, *rest = [a for a in arguments if a != "--json"] or ["help"]
    try:
        if command == "verify":
            result = Board(rest[0]).verify()
            if not as_json:
                result["pins"] = {p: [f"{v['version']} {v['pin_hash']}" for v in vs] for p, vs in result["pins"].items()}
            return show(result)
        if command == "cat":
            return cat(*rest)
        if command == "vectors":
            return show(check_vectors(rest[0]))
        with open(rest[0], "rb") as file:
            data = file.read()
        return show(inspect(data) if command == "inspect" else
                    {"ends": cuts(data, *map(int, rest[1:2]))})
    except Bad as error:
        print(f"{command}: {error}", file=sys.stderr)
        return 1
    except IndexError:
        print(__doc__, file=sys.stderr)
        return 64

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
