"""Users, content, bundles, and who may do what with them."""

import re
import secrets
import threading
import time
import uuid

from . import errors

NAME = re.compile(r"[-_A-Za-z0-9]{3,64}")
GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.I)
VANITY = re.compile(r"/?[-_A-Za-z0-9]+(/[-_A-Za-z0-9]+)*/?")
RESERVED = set(
    "favicon.ico connect apps users groups setpassword user-completion confirm recent reports "
    "plots unpublished settings metrics tokens help login welcome register resetpassword "
    "content".split()
)
ACCESS_TYPES = ("all", "logged_in", "acl")


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def check_guid(text):
    if not GUID.fullmatch(text):
        raise errors.bad_guid(text)
    return text.lower()


class User:
    def __init__(self, username, role):
        self.guid = str(uuid.uuid4())
        self.username = username
        self.role = role
        self.keys = []
        self.password = username
        self.created_time = now()

    def make_key(self):
        self.keys.append(secrets.token_urlsafe(24))
        return self.keys[-1]

    def json(self):
        return {
            "guid": self.guid,
            "username": self.username,
            "email": f"{self.username}@example.com",
            "first_name": self.username.capitalize(),
            "last_name": "User",
            "user_role": self.role,
            "created_time": self.created_time,
            "updated_time": self.created_time,
            "active_time": self.created_time,
            "confirmed": True,
            "locked": False,
        }


class Bundle:
    """One archive; `archive` holds it on disk, and the files that it unpacks to."""

    def __init__(self, number, content, archive):
        self.id = number
        self.content = content
        self.archive = archive
        self.created_time = now()
        # Its files are served once it has been deployed, and from then on.
        self.is_unpacked = False

    def json(self):
        return {
            "id": str(self.id),
            "content_guid": self.content.guid,
            "created_time": self.created_time,
            "cluster_name": None,
            "image_name": None,
            "r_version": None,
            "r_environment_management": None,
            "py_version": None,
            "py_environment_management": None,
            "quarto_version": None,
            "active": self.content.active == self.id,
            "size": self.archive.packed_size,
            "metadata": {
                "source": None,
                "source_repo": None,
                "source_branch": None,
                "source_commit": None,
                "archive_md5": self.archive.md5,
                "archive_sha1": self.archive.sha1,
            },
        }


class Content:
    def __init__(self, number, owner, name):
        self.id = number
        self.guid = str(uuid.uuid4())
        self.owner = owner
        self.name = name
        self.title = ""
        self.description = ""
        self.access_type = "acl"
        self.created_time = now()
        self.last_deployed_time = self.created_time
        self.active = None
        self.bundles = {}
        # Who else: the user's GUID to "viewer" or "owner" (a collaborator).
        self.permissions = {}
        self.vanity = None

    def category(self):
        if self.active is None:
            return ""
        metadata = self.bundles[self.active].archive.manifest.get("metadata") or {}
        return metadata.get("content_category") or ""

    def role(self, user):
        """What the API calls `app_role`."""
        if user is self.owner:
            return "owner"
        role = self.permissions.get(user.guid)
        if role is None:
            role = "none"
        return "editor" if role == "owner" else role

    def path(self):
        return self.vanity or f"/content/{self.guid}/"

    def json(self, user, base):
        return {
            "guid": self.guid,
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "access_type": self.access_type,
            "connection_timeout": None,
            "read_timeout": None,
            "created_time": self.created_time,
            "last_deployed_time": self.last_deployed_time,
            "bundle_id": None if self.active is None else str(self.active),
            "app_mode": "unknown" if self.active is None else "static",
            "content_category": self.category(),
            "parameterized": False,
            "owner_guid": self.owner.guid,
            "content_url": base + self.path(),
            "dashboard_url": f"{base}/connect/#/apps/{self.guid}",
            "app_role": self.role(user),
            "id": str(self.id),
        }

    def application(self, user, base):
        """The same in the words of the older API."""
        return {
            "id": self.id,
            "guid": self.guid,
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "access_type": self.access_type,
            "owner_guid": self.owner.guid,
            "owner_username": self.owner.username,
            "bundle_id": self.active,
            "app_mode": 4,
            "content_category": self.category(),
            "created_time": self.created_time,
            "last_deployed_time": self.last_deployed_time,
            "url": base + self.path(),
            "vanity_url": self.vanity is not None,
            "app_role": self.role(user),
        }


class Model:
    """All that the server knows. Every call holds the lock."""

    def __init__(self):
        self.lock = threading.RLock()
        self.users = {}
        self.content = {}
        self.sessions = {}
        self.number = 0

    def next_number(self):
        self.number += 1
        return self.number

    # Users

    def add_user(self, username, role):
        user = User(username, role)
        self.users[user.guid] = user
        return user

    def user_of_key(self, key):
        for user in self.users.values():
            for known in user.keys:
                if secrets.compare_digest(known.encode(), key.encode()):
                    return user
        return None

    def user_named(self, name):
        return next((u for u in self.users.values() if u.username == name), None)

    def sorted_users(self, prefix):
        users = sorted(self.users.values(), key=lambda user: user.username)
        return [user for user in users if user.username.startswith(prefix)]

    def user(self, guid):
        user = self.users.get(check_guid(guid))
        if user is None:
            raise errors.unknown_user()
        return user

    # Who may do what

    def may_know(self, user, content):
        return user.role == "administrator" or self.may_read(user, content)

    def may_read(self, user, content):
        if content.access_type == "all":
            return True
        if user is None:
            return False
        return content.access_type == "logged_in" or content.role(user) != "none"

    def may_change(self, user, content):
        return content.role(user) in ("owner", "editor")

    # Content

    def find(self, guid):
        content = self.content.get(check_guid(guid))
        if content is None:
            raise errors.missing("content")
        return content

    def known(self, user, guid):
        content = self.find(guid)
        if not self.may_know(user, content):
            raise errors.may_not_see()
        return content

    def changeable(self, user, guid):
        content = self.known(user, guid)
        if not self.may_change(user, content):
            raise errors.may_not_operate()
        return content

    def listed(self, user, owner_guid, name):
        if owner_guid:
            check_guid(owner_guid)
        return [
            content
            for content in self.content.values()
            if self.may_know(user, content)
            and (not owner_guid or content.owner.guid == owner_guid)
            and (name is None or content.name == name)
        ]

    def create(self, user, fields):
        if user.role == "viewer":
            raise errors.may_not_operate()
        name = fields.get("name")
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise errors.bad_name()
        self.check(fields)
        if any(c.name == name and c.owner is user for c in self.content.values()):
            raise errors.name_taken()
        content = Content(self.next_number(), user, name)
        self.apply(content, fields)
        self.content[content.guid] = content
        return content

    def change(self, content, fields):
        name = fields.get("name")
        if name is not None:
            if not isinstance(name, str) or not NAME.fullmatch(name):
                raise errors.bad_name()
            others = (c for c in self.content.values() if c is not content)
            if any(c.name == name and c.owner is content.owner for c in others):
                raise errors.name_taken()
        self.check(fields)
        if name is not None:
            content.name = name
        self.apply(content, fields)

    def check(self, fields):
        title = fields.get("title")
        if title and not 3 <= len(title) <= 1024:
            raise errors.bad_title()
        if len(fields.get("description") or "") > 4096:
            raise errors.bad_description()
        access_type = fields.get("access_type")
        if access_type is not None and access_type not in ACCESS_TYPES:
            raise errors.bad_access_type(access_type)

    def apply(self, content, fields):
        for key in ("title", "description", "access_type"):
            if fields.get(key) is not None:
                setattr(content, key, fields[key])

    def remove(self, content):
        del self.content[content.guid]
        for bundle in content.bundles.values():
            bundle.archive.remove()

    def set_vanity(self, content, path):
        if not isinstance(path, str) or not VANITY.fullmatch(path):
            raise errors.bad_vanity()
        path = "/" + path.strip("/") + "/"
        first = path.split("/")[1]
        if first.startswith("__") or first in RESERVED:
            raise errors.bad_vanity()
        for other in self.content.values():
            # One that lies in another is as good as the same.
            if other is not content and other.vanity and (
                path.startswith(other.vanity) or other.vanity.startswith(path)
            ):
                raise errors.vanity_taken()
        content.vanity = path

    # Bundles

    def bundle(self, content, text):
        if not text.isdecimal():
            raise errors.bad_guid(text)
        bundle = content.bundles.get(int(text))
        if bundle is None:
            raise errors.missing("bundle")
        return bundle

    def add_bundle(self, content, archive):
        bundle = Bundle(self.next_number(), content, archive)
        content.bundles[bundle.id] = bundle
        return bundle

    def remove_bundle(self, content, bundle):
        if content.active == bundle.id:
            raise errors.active_bundle()
        del content.bundles[bundle.id]
        bundle.archive.remove()

    def activate(self, content, bundle):
        bundle.is_unpacked = True
        content.active = bundle.id
        content.last_deployed_time = now()
