"""Archives as they come in: on disk, never whole in memory."""

import base64
import hashlib
import json
import os
import shutil
import tarfile
import zlib

from . import errors

PIECE = 1 << 20


class Archive:
    """A tar.gz in a folder of its own, unpacked beside it."""

    def __init__(self, folder):
        self.folder = folder
        self.packed_size = 0
        self.md5 = self.sha1 = ""
        self.manifest = {}
        os.makedirs(folder)

    @property
    def path(self):
        return os.path.join(self.folder, "bundle.tar.gz")

    @property
    def root(self):
        return os.path.join(self.folder, "files")

    def receive(self, read, byte_count, checksum):
        """Takes `byte_count` bytes from `read`, unpacks them and looks at the manifest."""
        md5, sha1 = hashlib.md5(), hashlib.sha1()
        with open(self.path, "wb") as file:
            while self.packed_size < byte_count:
                piece = read(min(PIECE, byte_count - self.packed_size))
                if not piece:
                    raise ConnectionError("the upload was cut")
                md5.update(piece)
                sha1.update(piece)
                file.write(piece)
                self.packed_size += len(piece)
        self.md5, self.sha1 = md5.hexdigest(), sha1.hexdigest()
        if checksum is not None and checksum != base64.b64encode(md5.digest()).decode():
            raise errors.bad_checksum()
        self.unpack()

    def unpack(self):
        os.makedirs(self.root)
        try:
            with tarfile.open(self.path, "r|gz") as tar:
                for member in tar:
                    if member.isdir():
                        continue
                    if not member.isreg():
                        raise errors.bad_archive(f"{member.name} is no regular file")
                    target = os.path.normpath(os.path.join(self.root, member.name))
                    if not target.startswith(self.root + os.sep):
                        raise errors.bad_archive(f"{member.name} leads out of the bundle")
                    os.makedirs(os.path.dirname(target), exist_ok=True)
                    with tar.extractfile(member) as source, open(target, "wb") as file:
                        shutil.copyfileobj(source, file, PIECE)
        except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
            raise errors.bad_archive(str(error)) from error
        try:
            with open(os.path.join(self.root, "manifest.json"), encoding="utf-8") as file:
                self.manifest = json.load(file)
        except (OSError, ValueError) as error:
            raise errors.no_manifest() from error

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def file(self, name):
        """The path of an unpacked file, or None."""
        target = os.path.normpath(os.path.join(self.root, name))
        if not target.startswith(self.root + os.sep) or not os.path.isfile(target):
            return None
        return target

    def primary(self):
        return (self.manifest.get("metadata") or {}).get("primary_html") or "index.html"
