#!/usr/bin/env python3
"""A second decoder of pins boards, written from FORMAT.md alone and laid out in its order.

    verify BOARD [--json]            read everything, check every digest; status 1 on a problem
    cat BOARD PIN [VERSION] [FILE]   write a file to standard output
    mend PACK PARITY                 write a damaged pack to standard output as it was (§7.10)

It needs Python 3.9 and zstandard 0.19, or later, and checks what the meaning of the bytes rests on;
strict_checks.py refuses what has a meaning but no writer may write.
"""
import functools
import hashlib
import json
import os
import struct
import sys

import zstandard

MIB = 1 << 20
# What reading damaged bytes may raise.
DAMAGE = (ValueError, LookupError, OSError, struct.error, zstandard.ZstdError)
number = functools.partial(int.from_bytes, byteorder="little")
CRC_TABLE = []
for word in range(256):
    for _ in range(8):
        word = word >> 1 ^ (0x82F63B78 if word & 1 else 0)
    CRC_TABLE.append(word)


def need(condition, section, what):
    """Rejects bytes that violate a section of FORMAT.md."""
    if not condition:
        raise ValueError(f"§{section}: {what}")


# §2 Conventions
class Reader:
    """Takes values off the front of bytes, never more than there are (§2.1, §2.3)."""

    def __init__(self, data, section):
        self.data, self.at, self.section = data, 0, section

    def take(self, count):
        need(count <= len(self.data) - self.at, self.section, f"ends early at {self.at}")
        self.at += count
        return self.data[self.at - count:self.at]

    def unpack(self, layout):
        return struct.unpack("<" + layout, self.take(struct.calcsize("<" + layout)))


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def unsealed(data, kind):
    """What stands between the prologue and the seal (§2.5)."""
    need(data[:10] == b"\x89PIN" + kind + b"\r\n\x1a\1\0", "2.5", "magic or epoch")
    need(len(data) >= 48 and sha(data[:-32]) == data[-32:], "2.5", "seal")
    return data[16:-32]


def record(data, section, fields):
    """A record (§2.6); `fields` names and decodes its critical tags, the others stay bytes."""
    r, result = Reader(data, section), {}
    while r.at < len(data):
        tag, length = r.unpack("HI")
        need(tag in fields or tag < 0x8000, "2.6", f"unsupported feature: field {tag:#x}")
        name, decode = fields.get(tag, (tag, bytes))
        result[name] = decode(r.take(length))
    return result


# §3.1 Keys
def key_of(name):
    return f"{name[:8].hex()}-{name[8:].hex()}"


# §5 Digests
def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def tagged(tag, *parts):
    return sha(tag.encode().ljust(16, b"\0"), *parts)


def pin_hash(files):
    parts = [struct.pack("<I", len(files))]
    for file in sorted(files, key=lambda file: file["path"]):
        path = file["path"].encode()
        parts += [struct.pack("<I", len(path)), path, struct.pack("<Q", file["size"]), file["root"]]
    return tagged("pins.content", *parts)


# §6 Codecs and filters
def decoded(stored, form, raw_length, prefix):
    """The plain bytes of a frame; `prefix` is what its bases hold. Every codec is zstd's."""
    need(zstandard.frame_content_size(stored) == raw_length <= 16 * MIB, "6.1", "content size")
    bases = zstandard.ZstdCompressionDict(prefix, zstandard.DICT_TYPE_RAWCONTENT)
    decompressor = zstandard.ZstdDecompressor(bases if prefix else None, 16 * MIB)
    filtered = decompressor.decompress(stored, max_output_size=raw_length)
    need(len(filtered) == raw_length, "6.1", "raw length")
    plain, width = bytearray(filtered), (0, 4, 8, 2)[form >> 5]
    for i in range(width):
        count = raw_length // width
        plain[i:count * width:width] = filtered[i * count:i * count + count]
    return bytes(plain)


# §7.1 Config; no feature to read is known, so a board that has one is refused
CONFIG = {
    0x8001: ("board id", bytes), 0x8002: ("chunker", bytes), 0x8004: ("features to write", bytes),
    0x8005: ("features to collect", bytes), 0x8006: ("single writer", bytes),
}


# §7.2 Pack
FRAME = ("digest", "offset", "stored length", "raw length", "form", "depth", "closure frames")


def pack_footer(data):
    """The frames of a pack; `data` are its last bytes, from the footer on."""
    footer, trailer = data[:-64], struct.unpack("<IIQII32s8s", data[-64:])
    need(trailer[:2] + trailer[6:] == (0x184D2A53, 56, b"\x89PINp\r\n\x1a"), "7.2", "trailer")
    need(len(footer) == trailer[3] and sha(footer) == trailer[5], "7.2", "digest of the footer")
    r = Reader(footer, "7.2")
    magic, length, count, base_count = r.unpack("IIII")
    need((magic, count) == (0x184D2A52, trailer[4]), "7.2", "footer")
    rows = [r.unpack("32sIIIBBBBI") for _ in range(count)]
    bases = [r.take(32) for _ in range(base_count)]
    return [dict(zip(FRAME, row), bases=bases[first:first + mine]) for *row, mine, first in rows]


def zstd_frame(data, entry):
    """The zstd frame of a record, which has to be what the entry of footer or index says."""
    r = Reader(data, "7.2")
    magic, length, form, depth, closure, mine, raw, size, crc = r.unpack("IIBBBBIII")
    need((magic, length) == (0x184D2A51, 16 + 32 * mine), "7.2", "no record")
    bases = [r.take(32) for _ in range(mine)]
    need(form >> 2 & 7 != 2 or r.unpack("II") == (0x184D2A54, size), "7.2", "wrapper of a delta")
    stored = r.take(size)
    need(crc == crc32c(data[8:20] + b"".join(bases) + stored), "7.2", "CRC of a frame")
    here = dict(zip(FRAME[3:], (raw, form, depth, closure)), bases=bases)
    need(all(here[name] == entry[name] for name in here), "7.2", "record and entry differ")
    return stored


# §7.3 Node
def node(data):
    """The level and the entries: (digest, byte count), above level 0 also the chunk count."""
    r = Reader(data, "7.3")
    level, count = r.unpack("B3xI")
    return level, [r.unpack("32sQQ" if level else "32sI") for _ in range(count)]


# §7.4 Index segment
def index_segment(data):
    unsealed(data, b"I")
    r = Reader(data[:-32], "7.4")
    count, packs, base_count, bits, table_crc, header_crc = r.unpack("16xQIIB23xII")
    need(header_crc == crc32c(data[:60]) and bits <= 24, "7.4", "header")
    names = [key_of(r.take(24)) for _ in range(packs)]
    fan_out = [r.unpack("II") for _ in range(1 << bits)]
    need(table_crc == crc32c(data[64:r.at]), "7.4", "table CRC")
    start, last = r.at, 0
    rows = [r.unpack("32sIIIIBBBBI") for _ in range(count)]
    bases = [r.take(32) for _ in range(base_count)]
    for end, crc in fan_out:
        need(last <= end and crc == crc32c(data[start + 56 * last:start + 56 * end]), "7.4", "CRC")
        last = end
    entries = [dict(zip(FRAME, (digest, *row)), pack=names[pack], bases=bases[first:first + mine])
               for digest, pack, *row, mine, first in rows]
    return {"fan-out bits": bits, "packs": names, "entries": entries}


# §7.5 Table segment
PACK_ROW = {
    0x8001: ("status", number), 0x8002: ("byte count", number), 0x8003: ("footer length", number),
    0x8004: ("footer digest", bytes), 0x8005: ("frame count", number),
}
VERSION_ROW = {0x8001: ("version record", bytes), 0x8002: ("packs", bytes)}


def table_segment(data, kind=b"T"):
    """The rows as [(key, value)], a value of None where the row is deleted."""
    unsealed(data, kind)
    offset, _, blocks, _, index_crc, crc = struct.unpack("<QIIQII", data[-64:-32])
    need(crc == crc32c(data[-64:-36]), "7.5", "trailer CRC")
    index, entries = Reader(data[offset:-64], "7.5"), Reader(data[16:offset], "7.5")
    rows, end = [], 16
    need(index_crc == crc32c(index.data), "7.5", "index CRC")
    for _ in range(blocks):
        at, size, crc, key_length = index.unpack("QIIH")
        index.take(key_length)
        need(at == end and crc == crc32c(data[at:at + size]), "7.5", "place or CRC of a block")
        end += size
    while entries.at < len(entries.data):
        key_length, length = entries.unpack("HI")
        key = entries.take(key_length)
        rows.append((key, None if length == 0xFFFFFFFF else entries.take(length)))
    return rows


# §7.6 Version record
def file_list(data):
    r, files = Reader(data, "7.6"), []
    for _ in range(*r.unpack("I")):
        file = {"path": r.take(*r.unpack("I")).decode()}
        file["size"], file["shape"], flags = r.unpack("QBBxx")
        if file["shape"] != 0:
            file["digest"] = r.take(32)
        if flags & 1:
            file["flat digest"] = r.take(32)
        chunks = [file["digest"], struct.pack("<Q", file["size"])[:4]] if file["shape"] == 1 else []
        only_node = struct.pack("<B3xI", 0, len(chunks) // 2) + b"".join(chunks)
        file["root"] = file["digest"] if file["shape"] == 2 else tagged("pins.node", only_node)
        files.append(file)
    return files


VERSION_RECORD = {
    0x8001: ("pin name", bytes.decode), 0x8002: ("version name", bytes.decode),
    0x8003: ("pin_hash", bytes), 0x8004: ("chunker", bytes), 0x8005: ("files", file_list),
    0x8006: ("file list", bytes), 0x8007: ("size", number), 0x8008: ("file count", number),
}
# §7.8 Commit
COMMIT = {
    0x8001: ("sequence number", number), 0x8002: ("previous", bytes), 0x8003: ("commit id", bytes),
    0x8004: ("kind", number), 0x8006: ("board id", bytes), 0x8007: ("orphan floor", number),
    0x8008: ("log boundary", number), 0x8009: ("index segments", bytes),
    0x800A: ("inline index", index_segment), 0x800B: ("table segments", bytes),
    0x800C: ("inline table", table_segment), 0x800E: ("features to write", bytes),
    0x800F: ("features to collect", bytes),
}


# §7.10 Parity
@functools.lru_cache(maxsize=None)
def multiples(factor):
    """The products of all bytes with a factor, for bytes.translate."""
    result = []
    for byte in range(256):
        product = 0
        for bit in range(8):
            if byte >> bit & 1:
                product ^= factor << bit
        for bit in range(14, 7, -1):
            product ^= 0x11D << bit - 8 if product >> bit & 1 else 0
        result.append(product)
    return bytes(result)


@functools.lru_cache(maxsize=None)
def inverse(element):
    return multiples(element).index(1)


def plus(one, other):
    """The sum of two strings of bytes; what the second one lacks is zero."""
    return (number(one) ^ number(other)).to_bytes(len(one), "little")


def coefficient(row, column):
    return inverse(column ^ 128 + row)


def parity_description(data, at):
    r = Reader(data[at:], "7.10")
    name, length, rows, digest = r.unpack("24sQI32s")
    need(1 <= length <= 256 * MIB and 1 <= rows <= 128, "8", "pack or parity over its limit")
    size = 64
    while size < 65536 and 128 * size < length:
        size *= 2
    count = -(-length // size)
    groups = -(-count // 128)
    sums, parity_sums = r.unpack(f"{count}I"), r.unpack(f"{rows * groups}I")
    need(crc32c(r.data[:r.at]) == r.unpack("I")[0], "7.10", "checksum of the description")
    return {"name": name, "pack length": length, "rows": rows, "pack digest": digest,
            "block length": size, "groups": groups, "block checksums": list(sums),
            "parity checksums": list(parity_sums), "length": r.at}


def salvaged_description(data):
    """The description of parity that may be damaged."""
    try:
        return parity_description(data, 16)
    except DAMAGE:
        return parity_description(data, len(data) - 36 - number(data[-36:-32]))


def parity_block(data, about, index):
    start = 16 + about["length"] + index * about["block length"]
    block = data[start:start + about["block length"]]
    good = len(block) == about["block length"] and crc32c(block) == about["parity checksums"][index]
    return block if good else None


def mended(pack, data):
    """A pack as it was, from what is left of it and of its parity."""
    about = salvaged_description(data)
    size, groups, sums = about["block length"], about["groups"], about["block checksums"]
    pack = pack[:about["pack length"]]
    blocks = [pack[start:start + size] for start in range(0, about["pack length"], size)]
    last = len(blocks) - 1
    whole = [size] * last + [about["pack length"] - size * last]
    lost = [i for i, block in enumerate(blocks)
            if len(block) != whole[i] or crc32c(block) != sums[i]]
    for group in range(groups):
        columns = [i // groups for i in lost if i % groups == group]
        rows = [row for row in range(about["rows"])
                if parity_block(data, about, row * groups + group) is not None][:len(columns)]
        need(len(rows) == len(columns), "7.10", "more is lost than the parity can mend")
        equations = []
        for row in rows:
            total = parity_block(data, about, row * groups + group)
            for i in range(group, len(blocks), groups):
                if i not in lost:
                    total = plus(total, blocks[i].translate(multiples(coefficient(row, i // groups))))
            equations.append([bytes([coefficient(row, column) for column in columns]), total])
        for at, _ in enumerate(equations):
            scale = multiples(inverse(equations[at][0][at]))
            equations[at] = [side.translate(scale) for side in equations[at]]
            for other, sides in enumerate(equations):
                factor = multiples(sides[0][at])
                if other != at:
                    equations[other] = [plus(side, mine.translate(factor))
                                        for side, mine in zip(sides, equations[at])]
        for column, (_, block) in zip(columns, equations):
            index = column * groups + group
            blocks[index] = block[:whole[index]]
    result = b"".join(blocks)
    need(sha(result) == about["pack digest"], "7.10", "digest of the pack")
    return result


# A board in a folder
class Board:
    def __init__(self, root):
        self.root, self.problems, self.rows, self.index = root, [], {}, {}
        self.config = record(unsealed(self.read("config"), b"B"), "7.1", CONFIG)
        folder = os.path.join(root, "commits")
        names = [name for name in (os.listdir(folder) if os.path.isdir(folder) else []) if len(name) == 20]
        numbers = sorted(int(name) for name in names if name.encode().isdigit())
        need(numbers or not os.path.exists(os.path.join(root, "latest")), "9.3", "no commit")
        empty = {"sequence number": 0, "commit digest": bytes(32)}
        self.commit = self.commit_at(numbers[-1]) if numbers else empty
        if numbers:
            self.check_log(numbers)
        for segment in reversed(self.segments("table", "tables", table_segment)):
            self.rows.update(segment)
        self.rows = {key: self.rows[key] for key in sorted(self.rows) if self.rows[key] is not None}
        self.packs = {key_of(key[1:]): record(row, "7.5", PACK_ROW)
                      for key, row in self.rows.items() if key[0] == 0x10}
        for segment in self.segments("index", "index", index_segment):
            for entry in segment["entries"]:
                if entry["pack"] in self.packs:
                    self.index.setdefault(entry["digest"], []).append(entry)

    def read(self, key, start=0, count=-1):
        with open(os.path.join(self.root, key), "rb") as file:
            file.seek(start)
            return file.read(count)

    def commit_at(self, number):
        data = self.read(f"commits/{number:020d}")
        fields = record(unsealed(data, b"C"), "7.8", COMMIT)
        own = fields["sequence number"], fields["board id"]
        need(own == (number, self.config["board id"]), "7.8", "number or board of a commit")
        return {**fields, "commit digest": tagged("pins.commit", data[:-32])}

    def check_log(self, numbers):
        """The commits above the log boundary are one chain of digests (§7.8, §9.6)."""
        boundary, fields = self.commit.get("log boundary", 0), self.commit
        kept = [number for number in numbers if number > boundary]
        need(len(kept) == numbers[-1] - boundary, "9.6", "the log has gaps")
        for number in reversed(kept[:-1]):
            previous, fields = fields["previous"], self.commit_at(number)
            need(fields["commit digest"] == previous, "7.8", "chain of commits")

    def segments(self, kind, folder, decode):
        """The segments of the commit, newest first."""
        result = [self.commit[f"inline {kind}"]] if f"inline {kind}" in self.commit else []
        references = self.commit.get(f"{kind} segments", b"")
        for name, size, _, digest in struct.iter_unpack("<24sQQ32s", references):
            data = self.read(f"{folder}/{key_of(name)}")
            need((len(data), sha(data)) == (size, digest), "7.8", "digest of a segment")
            result.append(decode(data))
        return result

    def decode(self, entry, pack):
        """The plain bytes of one frame, whose record, CRC and digest are right."""
        data = self.read(f"packs/{pack}", entry["offset"], entry["stored length"])
        stored = zstd_frame(data, entry)
        prefix = b"".join(self.plain(base, 0, entry["depth"]) for base in entry["bases"])
        plain = decoded(stored, entry["form"], entry["raw length"], prefix)
        digest = tagged("pins.node", plain) if entry["form"] & 3 else sha(plain)
        need(digest == entry["digest"], "5", "digest of a frame")
        return plain

    @functools.lru_cache(maxsize=256)
    def plain(self, digest, kind, below=16):
        """The bytes of a chunk (kind 0) or node (kind 1), from a copy of depth < `below`."""
        failure = LookupError(f"§7.4: no copy of {digest.hex()}")
        for entry in self.index.get(digest, []):
            if entry["form"] & 3 == kind and entry["depth"] < below:
                try:
                    return self.decode(entry, entry["pack"])
                except DAMAGE as error:
                    failure = error
        raise failure

    def check_pack(self, name):
        row, key = self.packs[name], f"packs/{name}"
        need(os.path.getsize(os.path.join(self.root, key)) == row["byte count"], "7.5", "length")
        need(row["byte count"] <= 256 * MIB, "8", "pack")
        need(key_of(self.read(key, 24, 24)) == name, "7.2", "name of a pack")
        ends = self.read(key, row["byte count"] - 64 - row["footer length"])
        need(sha(ends[:-64]) == row["footer digest"], "7.5", "digest of a footer")
        frames = pack_footer(ends)
        need(len(frames) == row["frame count"], "7.5", "frame count")
        for frame in frames:
            try:
                self.decode(frame, name)
            except LookupError:
                pass  # A frame that no version needs may outlive its bases.

    def check_parity(self, name):
        """The parity of a pack, if it has any, makes the pack again (§7.10)."""
        key = f"parity/{name}"
        if not os.path.exists(os.path.join(self.root, key)):
            return
        data, about = self.read(key), parity_description(self.read(key), 16)
        unsealed(data, b"R")
        need(key_of(about["name"]) == name, "7.10", "name of the pack")
        need(about["pack length"] == self.packs[name]["byte count"], "7.10", "pack length")
        need(all(parity_block(data, about, index) is not None
                 for index in range(len(about["parity checksums"]))), "7.10", "parity block")
        pack = self.read(f"packs/{name}")
        size, some = about["block length"], about["rows"] * about["groups"]
        start = (len(pack) // 2) // size * size
        hole = pack[:start] + bytes(len(pack[start:start + some * size])) + pack[start + some * size:]
        need(mended(hole, data) == pack, "7.10", "parity of another pack")

    def file_chunks(self, root, above=8):
        """The (digest, raw length) of a manifest's chunks (§7.3)."""
        level, entries = node(self.plain(root, 1))
        need(level < above, "7.3", "level of a node")
        if level == 0:
            return entries
        return [chunk for entry in entries for chunk in self.file_chunks(entry[0], level)]

    def content(self, shape, digest, size):
        """The bytes of a file, in pieces that have been compared with their digests."""
        chunks = self.file_chunks(digest) if shape == 2 else [(digest, size)] * shape
        need(sum(length for _, length in chunks) == size, "7.6", "size of a file")
        for chunk, length in chunks:
            piece = self.plain(chunk, 0)
            need(len(piece) == length, "7.3", "length of a chunk")
            yield piece

    def version(self, key):
        """One version: its record and its files."""
        row = record(self.rows[key], "7.5", VERSION_ROW)
        fields = record(row["version record"], "7.6", VERSION_RECORD)
        own = fields["pin name"] + "\0" + fields["version name"]
        need(key[1:] == own.encode(), "7.5", "version under another key")
        files = fields.get("files")
        if files is None:
            size, shape, digest = struct.unpack("<Q4xB3x32s", fields["file list"])
            files = file_list(b"".join(self.content(shape, digest, size)))
        found = len(files), sum(file["size"] for file in files)
        need(found == (fields["file count"], fields["size"]), "7.6", "file count or size")
        need(pin_hash(files) == fields["pin_hash"], "5.1", "pin_hash")
        return fields, files

    def versions(self, pin):
        return [key for key in self.rows if key.startswith(b"\x30" + pin.encode() + b"\0")]

    def check_version(self, key):
        """Reads one version in full."""
        fields, files = self.version(key)
        found = []
        for file in files:
            flat = hashlib.sha256()
            for piece in self.content(file["shape"], file.get("digest"), file["size"]):
                flat.update(piece)
            need(file.get("flat digest", flat.digest()) == flat.digest(), "7.6", "flat digest")
            hexadecimal = flat.hexdigest()
            found.append({"path": file["path"], "size": file["size"], "sha256": hexadecimal})
        digest = fields["pin_hash"].hex()
        return {"version": fields["version name"], "pin_hash": digest, "files": found}

    def attempt(self, what, check, *arguments):
        try:
            return check(*arguments)
        except DAMAGE as error:
            self.problems.append(f"{what}: {error}")

    def verify(self):
        for name in self.packs:
            self.attempt(f"pack {name}", self.check_pack, name)
            self.attempt(f"parity {name}", self.check_parity, name)
        pins = {key[1:].decode(): [] for key in self.rows if key[0] == 0x20}
        for pin, versions in pins.items():
            for key in self.versions(pin):
                found = self.attempt(f"{pin} {key!r}", self.check_version, key)
                versions += [found] if found else []
        return {"board": self.config["board id"].hex(), "commit": self.commit["sequence number"],
                "commit digest": self.commit["commit digest"].hex(), "packs": len(self.packs),
                "pins": pins, "problems": self.problems}


# Commands
def cat(root, pin, version=None, path=None):
    board = Board(root)
    keys = [key for key in board.versions(pin) if version in (None, key.decode().split("\0")[1])]
    need(keys, "7.5", "no such version")
    files = [file for file in board.version(keys[-1])[1] if path in (None, file["path"])]
    need(len(files) == 1, "7.6", f"{len(files)} files")
    for piece in board.content(files[0]["shape"], files[0].get("digest"), files[0]["size"]):
        sys.stdout.buffer.write(piece)


def main(arguments):
    command, *rest = [word for word in arguments if word != "--json"] or [""]
    try:
        if command == "cat" and 2 <= len(rest) <= 4:
            return cat(*rest)
        if command == "mend" and len(rest) == 2:
            parts = []
            for path in rest:
                with open(path, "rb") as file:
                    parts.append(file.read())
            sys.stdout.buffer.write(mended(*parts))
            return 0
        if command == "verify" and len(rest) == 1:
            result = Board(rest[0]).verify()
            lines = result["problems"] or [f"read {result['packs']} packs: no problem"]
            print(json.dumps(result, indent=2) if "--json" in arguments else "\n".join(lines))
            return 1 if result["problems"] else 0
    except DAMAGE as error:
        print(f"{command}: {error}", file=sys.stderr)
        return 1
    print(__doc__, file=sys.stderr)
    return 64


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
