"""The endpoints: what each of them asks for, checks and answers."""

import mimetypes
import os
import re
import secrets

from . import errors
from .archive import Archive
from .model import check_guid

ANY = "([^/]+)"
ITEM = rf"/__api__/v1/content/{ANY}"


def number(text, default):
    try:
        return int(text)
    except (TypeError, ValueError):
        return default


# Users


def ping(http):
    http.send_json({})


def settings(http):
    value = {"hostname": "stand-in", "version": "2026.04.0", "build": "v2026.04.0"}
    http.send_json(value if http.user else {})


def login(http):
    fields, model = http.json_body(), http.server.model
    with model.lock:
        user = model.user_named(fields.get("username"))
        if user is None or user.password != fields.get("password"):
            raise errors.ConnectError(401, 21, "The username or password is not correct.")
        token = secrets.token_urlsafe(16)
        model.sessions[token] = user
    http.finish_effect()
    http.settle()
    http.status = 200
    http.send_response(200)
    http.send_header("Set-Cookie", f"rsconnect={token}; Path=/; HttpOnly")
    http.send_header("Set-Cookie", f"RSC-XSRF={secrets.token_urlsafe(8)}; Path=/")
    http.send_header("Content-Length", "0")
    http.end_headers()
    http.wfile.flush()


def me(http):
    http.send_json(http.user.json())


def users(http):
    query = http.query
    size = min(max(number(query.get("page_size"), 20), 1), 500)
    page = max(number(query.get("page_number"), 1), 1)
    with http.server.model.lock:
        found = http.server.model.sorted_users(query.get("prefix", ""))
        results = [user.json() for user in found[(page - 1) * size : page * size]]
    http.send_json({"results": results, "current_page": page, "total": len(found)})


def add_user(http):
    fields, model = http.json_body(), http.server.model
    with model.lock:
        if http.user.role != "administrator":
            raise errors.may_not_operate()
        if model.user_named(fields.get("username")):
            raise errors.name_taken()
        user = model.add_user(fields["username"], fields.get("user_role", "publisher"))
        http.send_json(user.json())


def user(http, guid):
    with http.server.model.lock:
        http.send_json(http.server.model.user(guid).json())


def add_key(http, guid):
    fields, model = http.json_body(), http.server.model
    with model.lock:
        owner = model.user(guid)
        if owner is not http.user:
            raise errors.may_not_operate()
        http.send_json({"id": "1", "name": fields.get("name"), "key": owner.make_key()})


# Content


def contents(http):
    model = http.server.model
    with model.lock:
        found = model.listed(http.user, http.query.get("owner_guid"), http.query.get("name"))
        http.send_json([content.json(http.user, http.base) for content in found])


def add_content(http):
    fields, model = http.json_body(), http.server.model
    with model.lock:
        http.send_json(model.create(http.user, fields).json(http.user, http.base))


def content(http, guid):
    with http.server.model.lock:
        http.send_json(http.server.model.known(http.user, guid).json(http.user, http.base))


def change_content(http, guid):
    fields, model = http.json_body(), http.server.model
    with model.lock:
        item = model.changeable(http.user, guid)
        model.change(item, fields)
        http.send_json(item.json(http.user, http.base))


def remove_content(http, guid):
    model = http.server.model
    with model.lock:
        item = model.known(http.user, guid)
        if not model.may_change(http.user, item) and http.user.role != "administrator":
            raise errors.may_not_operate()
        model.remove(item)
        http.send_nothing()


def permissions(http, guid):
    model = http.server.model
    with model.lock:
        item = model.changeable(http.user, guid)
        http.send_json([permission(item, *entry) for entry in item.permissions.items()])


def permission(item, principal, role):
    return {
        "id": principal,
        "content_guid": item.guid,
        "principal_guid": principal,
        "principal_type": "user",
        "role": role,
    }


def add_permission(http, guid):
    fields, model = http.json_body(), http.server.model
    with model.lock:
        item = model.changeable(http.user, guid)
        principal = model.user(fields.get("principal_guid") or "")
        if fields.get("role") not in ("viewer", "owner"):
            raise errors.bad_json("the role is viewer or owner")
        item.permissions[principal.guid] = fields["role"]
        http.send_json(permission(item, principal.guid, fields["role"]))


def remove_permission(http, guid, principal):
    model = http.server.model
    with model.lock:
        item = model.changeable(http.user, guid)
        if item.permissions.pop(check_guid(principal), None) is None:
            raise errors.missing("permission")
        http.send_nothing()


def vanity(http, guid):
    with http.server.model.lock:
        item = http.server.model.known(http.user, guid)
        if item.vanity is None:
            raise errors.missing("vanity path")
        http.send_json({"content_guid": item.guid, "path": item.vanity})


def set_vanity(http, guid):
    fields, model = http.json_body(), http.server.model
    with model.lock:
        item = model.changeable(http.user, guid)
        model.set_vanity(item, fields.get("path"))
        http.send_json({"content_guid": item.guid, "path": item.vanity})


def remove_vanity(http, guid):
    with http.server.model.lock:
        http.server.model.changeable(http.user, guid).vanity = None
        http.send_nothing()


def applications(http):
    """The older list: of all content that the caller may know, one page."""
    model, query = http.server.model, http.query
    key, _, value = query.get("filter", "").partition(":")
    count = min(max(number(query.get("count"), 25), 1), 1000)
    # It counts from 1, and pages go on with the token of the page before.
    start = max(number(query.get("start"), 1), 1)
    text = query.get("search", "").lower()
    with model.lock:
        found = [
            item
            for item in model.listed(http.user, None, None)
            if (key != "content_type" or item.category() == value)
            and (text in item.name.lower() or text in (item.title or "").lower())
        ]
        page = found[start - 1 : start - 1 + count]
        http.send_json(
            {
                "applications": [item.application(http.user, http.base) for item in page],
                "count": len(page),
                "total": len(found),
                "continuation": secrets.token_hex(4),
            }
        )


# Bundles


def readable(http, guid):
    """To know of an item is not to see what is in it, not even for administrators."""
    item = http.server.model.known(http.user, guid)
    if not http.server.model.may_read(http.user, item):
        raise errors.may_not_see()
    return item


def bundles(http, guid):
    with http.server.model.lock:
        item = readable(http, guid)
        found = sorted(item.bundles.values(), key=lambda bundle: -bundle.id)
        http.send_json([bundle.json() for bundle in found])


def add_bundle(http, guid):
    server, model = http.server, http.server.model
    with model.lock:
        item = model.changeable(http.user, guid)
        folder = os.path.join(server.folder, secrets.token_hex(8))
    if server.bundle_byte_count_max is not None and http.left > server.bundle_byte_count_max:
        raise errors.too_large()
    archive = Archive(folder)
    try:
        archive.receive(http.read_body, http.left, http.headers.get("X-Content-Checksum"))
        with model.lock:
            if item.guid not in model.content:
                raise errors.missing("content")
            bundle = model.add_bundle(item, archive).json()
    except BaseException:
        archive.remove()
        raise
    http.send_json(bundle)


def bundle(http, guid, text):
    with http.server.model.lock:
        item = readable(http, guid)
        http.send_json(http.server.model.bundle(item, text).json())


def remove_bundle(http, guid, text):
    model = http.server.model
    with model.lock:
        item = model.changeable(http.user, guid)
        model.remove_bundle(item, model.bundle(item, text))
        http.send_nothing()


def download(http, guid, text):
    model = http.server.model
    with model.lock:
        path = model.bundle(model.changeable(http.user, guid), text).archive.path
    http.send_file(path, "application/gzip")


def deploy(http, guid):
    fields, server, model = http.json_body(), http.server, http.server.model
    with model.lock:
        item = model.changeable(http.user, guid)
        text = fields.get("bundle_id")
        if text is None and item.active is None and not item.bundles:
            raise errors.nothing_to_deploy()
        if text is None:
            text = str(item.active or max(item.bundles))
        chosen = model.bundle(item, str(text))

        def finish():
            with model.lock:
                if chosen.id in item.bundles:
                    model.activate(item, chosen)

        task = server.tasks.start(http.user, finish, http.fault)
        http.send_json({"task_id": task.id}, status=202)


def poll(http, text):
    first, wait = number(http.query.get("first"), 0), number(http.query.get("wait"), 0)
    http.send_json(http.server.tasks.poll(http.user, text, first, wait))


# What is served of content


def serve(http, item, bundle_id, name):
    model = http.server.model
    with model.lock:
        if not model.may_read(http.user, item):
            raise errors.may_not_see() if http.user else errors.no_credentials()
        chosen = item.bundles.get(item.active if bundle_id is None else int(bundle_id))
        if chosen is None or not chosen.is_unpacked:
            raise errors.missing("bundle")
        path = chosen.archive.file(name or chosen.archive.primary())
    if path is None:
        raise errors.missing("file")
    http.send_file(path, mimetypes.guess_type(path)[0] or "application/octet-stream")


def serve_revision(http, guid, bundle_id, name):
    with http.server.model.lock:
        item = http.server.model.find(guid)
    serve(http, item, bundle_id, name)


def serve_active(http, guid, name):
    with http.server.model.lock:
        item = http.server.model.find(guid)
    serve(http, item, None, name)


def serve_vanity(http, path):
    with http.server.model.lock:
        for item in http.server.model.content.values():
            if item.vanity and (path + "/").startswith(item.vanity):
                name = path[len(item.vanity) :]
                break
        else:
            raise errors.missing("page")
    # R makes the address of a version out of the item's.
    match = re.fullmatch(r"_rev(\d+)/(.*)", name)
    serve(http, item, *(match.groups() if match else (None, name)))


# What a test asks for; no part of Connect


def control_faults(http):
    http.send_json(http.server.faults.json())


def control_arm(http):
    try:
        http.server.faults.arm(http.json_body())
    except ValueError as error:
        raise errors.bad_json(error) from error
    http.send_nothing()


def control_disarm(http):
    http.server.faults.clear()
    http.send_nothing()


def control_log(http):
    http.send_json(http.server.log.json())


def control_clear_log(http):
    http.server.log.clear()
    http.send_nothing()


def control_limits(http):
    http.server.bundle_byte_count_max = http.json_body().get("bundle_byte_count_max")
    http.send_nothing()


def control_retention(http, guid):
    """What a server does that keeps only so many bundles: the oldest go, never the active one."""
    keep, model = int(http.json_body()["keep"]), http.server.model
    with model.lock:
        item = model.find(guid)
        for old in sorted(item.bundles)[: max(0, len(item.bundles) - keep)]:
            if old != item.active:
                model.remove_bundle(item, item.bundles[old])
    http.send_nothing()


def control_damage(http, guid, bundle_id, name):
    """Turns over a bit of a file that is served."""
    model = http.server.model
    with model.lock:
        path = model.bundle(model.find(guid), bundle_id).archive.file(name)
    if path is None:
        raise errors.missing("file")
    with open(path, "r+b") as file:
        offset = int(http.json_body().get("offset", 0))
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 1]))
    http.send_nothing()


API = [
    ("GET", "/__ping__", ping),
    ("POST", "/__api__/__login__", login),
    ("GET", "/__api__/server_settings/?", settings),
    ("GET", "/__api__/users/current/?", me),
    ("GET", "/__api__/applications/?", applications),
    ("GET", "/__api__/v1/user", me),
    ("GET", "/__api__/v1/users", users),
    ("POST", "/__api__/v1/users", add_user),
    ("GET", f"/__api__/v1/users/{ANY}", user),
    ("POST", f"/__api__/v1/users/{ANY}/keys", add_key),
    ("GET", "/__api__/v1/content", contents),
    ("POST", "/__api__/v1/content", add_content),
    ("GET", ITEM, content),
    ("PATCH", ITEM, change_content),
    ("DELETE", ITEM, remove_content),
    ("GET", f"{ITEM}/permissions", permissions),
    ("POST", f"{ITEM}/permissions", add_permission),
    ("DELETE", f"{ITEM}/permissions/{ANY}", remove_permission),
    ("GET", f"{ITEM}/vanity", vanity),
    ("PUT", f"{ITEM}/vanity", set_vanity),
    ("DELETE", f"{ITEM}/vanity", remove_vanity),
    ("GET", f"{ITEM}/bundles", bundles),
    ("POST", f"{ITEM}/bundles", add_bundle),
    ("GET", f"{ITEM}/bundles/{ANY}", bundle),
    ("DELETE", f"{ITEM}/bundles/{ANY}", remove_bundle),
    ("GET", f"{ITEM}/bundles/{ANY}/download", download),
    ("POST", f"{ITEM}/deploy", deploy),
    ("GET", f"/__api__/v1/tasks/{ANY}", poll),
]

PAGES = [
    ("GET", rf"/content/{ANY}/_rev(\d+)/(.*)", serve_revision),
    ("GET", rf"/content/{ANY}/?()", serve_active),
    ("GET", rf"/content/{ANY}/(.*)", serve_active),
    ("GET", r"(/.*)", serve_vanity),
]

CONTROL = [
    ("GET", "/__control__/faults", control_faults),
    ("POST", "/__control__/faults", control_arm),
    ("DELETE", "/__control__/faults", control_disarm),
    ("GET", "/__control__/requests", control_log),
    ("DELETE", "/__control__/requests", control_clear_log),
    ("POST", "/__control__/limits", control_limits),
    ("POST", rf"/__control__/retention/{ANY}", control_retention),
    ("POST", rf"/__control__/damage/{ANY}/(\d+)/(.*)", control_damage),
]
