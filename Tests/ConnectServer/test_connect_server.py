"""The stand-in keeps the rules of Connect.

    cd Tests/ConnectServer && python3 -m unittest
"""

import base64
import hashlib
import http.client
import io
import json
import tarfile
import threading
import unittest
import urllib.parse

from connect_server.server import ConnectServer

MANIFEST = {"version": 1, "metadata": {"appmode": "static", "primary_html": "index.html"}}


def archive(files, category="pin", manifest=True):
    out = io.BytesIO()
    files = dict(files)
    if manifest:
        metadata = {**MANIFEST["metadata"], "content_category": category}
        files["manifest.json"] = json.dumps({**MANIFEST, "metadata": metadata}).encode()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json.get("code")


class Case(unittest.TestCase):
    prefix = ""

    def setUp(self):
        self.server = ConnectServer(prefix=self.prefix)
        threading.Thread(target=self.server.serve_forever, args=[0.01], daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def ask(self, method, path, body=None, user="susan", headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_address[1], 10)
        self.addCleanup(connection.close)
        fields = dict(headers or {})
        if user:
            fields["Authorization"] = "Key " + self.server.keys.get(user, user)
        if isinstance(body, dict):
            body = json.dumps(body).encode()
        is_control = path.startswith("/__control__/")
        connection.request(method, path if is_control else self.prefix + path, body, fields)
        return Answer(connection.getresponse())

    def v1(self, method, path, body=None, user="susan", headers=None):
        return self.ask(method, "/__api__/v1/" + path, body, user, headers)

    def make(self, name="cars", user="susan", **fields):
        answer = self.v1("POST", "content", {"name": name, **fields}, user)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json["guid"]

    def upload(self, guid, files=None, user="susan", **options):
        data = archive(files or {"index.html": b"<p>", "data.txt": b"file: a\n"}, **options)
        answer = self.v1("POST", f"content/{guid}/bundles", data, user)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json["id"]

    def deploy(self, guid, bundle, user="susan"):
        answer = self.v1("POST", f"content/{guid}/deploy", {"bundle_id": bundle}, user)
        self.assertEqual(answer.status, 202, answer.body)
        return self.v1("GET", f"tasks/{answer.json['task_id']}?wait=1", user=user).json

    def arm(self, **fault):
        self.assertEqual(self.ask("POST", "/__control__/faults", fault).status, 204)


class Rules(Case):
    def test_keys(self):
        self.assertEqual(self.ask("GET", "/__ping__", user=None).json, {})
        self.assertEqual(self.v1("GET", "user").json["username"], "susan")
        for user, code in [(None, 24), ("wrong", 30)]:
            answer = self.v1("GET", "user", user=user)
            self.assertEqual((answer.status, answer.code), (401, code))

    def test_users(self):
        names = [user["username"] for user in self.v1("GET", "users").json["results"]]
        self.assertEqual(names, ["admin", "derek", "susan"])
        page = self.v1("GET", "users?page_size=2&page_number=2").json
        self.assertEqual((len(page["results"]), page["total"]), (1, 3))
        self.assertEqual(self.v1("GET", "users?page_number=9").json["results"], [])
        self.assertEqual(self.v1("GET", "users/nobody").code, 3)
        unknown = "00000000-0000-4000-8000-000000000000"
        self.assertEqual(self.v1("GET", f"users/{unknown}").code, 9)

    def test_fields(self):
        for fields, status, code in [
            ({"name": "a b"}, 400, 5),
            ({"name": "ab"}, 400, 5),
            ({"name": "a" * 65}, 400, 5),
            ({"name": "abc", "title": "no"}, 400, 122),
            ({"name": "abc", "title": "n" * 1025}, 400, 122),
            ({"name": "abc", "description": "d" * 4097}, 400, 123),
            ({"name": "abc", "access_type": "everybody"}, 400, 117),
        ]:
            answer = self.v1("POST", "content", fields)
            self.assertEqual((answer.status, answer.code), (status, code), fields)
        guid = self.make("abc", title="", access_type="all")
        self.assertEqual(self.v1("POST", "content", {"name": "abc"}).code, 26)
        self.make("abc", "derek")
        self.assertEqual(self.v1("PATCH", f"content/{guid}", {"title": "t"}).code, 122)
        answer = self.v1("PATCH", f"content/{guid}", {"title": "title"})
        self.assertEqual(answer.json["title"], "title")
        self.assertEqual(answer.json["access_type"], "all")

    def test_who_may_what(self):
        guid = self.make()
        bundle = self.upload(guid)
        self.deploy(guid, bundle)
        file = f"/content/{guid}/_rev{bundle}/data.txt"
        # A stranger, an administrator, and somebody without a key.
        self.assertEqual(self.v1("GET", f"content/{guid}", user="derek").code, 19)
        self.assertEqual(self.v1("GET", "content?name=cars", user="derek").json, [])
        self.assertEqual(self.v1("GET", f"content/{guid}", user="admin").status, 200)
        self.assertEqual(self.v1("GET", f"content/{guid}/bundles", user="admin").code, 19)
        self.assertEqual(self.ask("GET", file, user="admin").status, 403)
        self.assertEqual(self.ask("GET", file, user=None).status, 401)
        # Whoever is logged in reads, and changes nothing.
        self.v1("PATCH", f"content/{guid}", {"access_type": "logged_in"})
        self.assertEqual(self.ask("GET", file, user="derek").body, b"file: a\n")
        self.assertEqual(self.ask("GET", file, user=None).status, 401)
        for method, path in [
            ("PATCH", f"content/{guid}"),
            ("DELETE", f"content/{guid}"),
            ("POST", f"content/{guid}/bundles"),
            ("POST", f"content/{guid}/deploy"),
        ]:
            answer = self.v1(method, path, {}, "derek")
            self.assertEqual((answer.status, answer.code), (403, 22), path)
        # Everybody reads.
        self.v1("PATCH", f"content/{guid}", {"access_type": "all"})
        self.assertEqual(self.ask("GET", file, user=None).status, 200)

    def test_permissions(self):
        guid = self.make()
        derek = self.v1("GET", "user", user="derek").json["guid"]
        entry = {"principal_guid": derek, "principal_type": "user", "role": "viewer"}
        self.v1("POST", f"content/{guid}/permissions", entry)
        self.assertEqual(self.v1("GET", f"content/{guid}", user="derek").status, 200)
        self.assertEqual(self.v1("PATCH", f"content/{guid}", {}, "derek").code, 22)
        self.v1("POST", f"content/{guid}/permissions", {**entry, "role": "owner"})
        self.assertEqual(self.v1("PATCH", f"content/{guid}", {}, "derek").status, 200)
        self.deploy(guid, self.upload(guid, user="derek"), "derek")
        self.v1("DELETE", f"content/{guid}/permissions/{derek}")
        self.assertEqual(self.v1("GET", f"content/{guid}", user="derek").code, 19)

    def test_bundles(self):
        guid = self.make()
        self.assertEqual(self.v1("POST", f"content/{guid}/deploy", {}).code, 28)
        for data, code in [
            (archive({"a": b"a"}, manifest=False), 38),
            (b"not an archive", 37),
            (archive({"../a": b"a"}), 37),
        ]:
            self.assertEqual(self.v1("POST", f"content/{guid}/bundles", data).code, code)
        first, second = self.upload(guid), self.upload(guid)
        self.assertLess(int(first), int(second))
        self.assertEqual(self.ask("GET", f"/content/{guid}/_rev{first}/data.txt").status, 404)
        self.deploy(guid, first)
        self.deploy(guid, second)
        bundles = self.v1("GET", f"content/{guid}/bundles").json
        self.assertEqual([(b["id"], b["active"]) for b in bundles], [(second, True), (first, False)])
        self.assertEqual(self.v1("GET", f"content/{guid}").json["bundle_id"], second)
        self.assertEqual(self.ask("GET", f"/content/{guid}/_rev{first}/data.txt").status, 200)
        self.assertEqual(self.v1("DELETE", f"content/{guid}/bundles/{second}").code, 75)
        answer = self.v1("DELETE", f"content/{guid}/bundles/{first}")
        self.assertEqual((answer.status, answer.body), (204, b""))
        self.assertEqual(self.v1("GET", f"content/{guid}/bundles/{first}").code, 4)
        self.assertEqual(self.ask("GET", f"/content/{guid}/_rev{first}/data.txt").status, 404)
        # The other way round: an older bundle is made the active one.
        third = self.upload(guid)
        self.deploy(guid, third)
        self.deploy(guid, second)
        self.assertEqual(self.v1("GET", f"content/{guid}").json["bundle_id"], second)
        self.assertEqual(self.v1("DELETE", f"content/{guid}").status, 204)
        self.assertEqual(self.v1("GET", f"content/{guid}").code, 4)
        self.assertEqual(self.v1("GET", "content/A-BAD-GUID").code, 3)

    def test_checksums_and_lengths(self):
        guid, data = self.make(), archive({"a": b"a"})
        for digest, status in [(hashlib.md5(data), 200), (hashlib.md5(b""), 400)]:
            fields = {"X-Content-Checksum": base64.b64encode(digest.digest()).decode()}
            answer = self.v1("POST", f"content/{guid}/bundles", data, headers=fields)
            self.assertEqual(answer.status, status)
        answer = self.v1("POST", f"content/{guid}/bundles", iter([data]))
        self.assertEqual(answer.status, 411)
        self.ask("POST", "/__control__/limits", {"bundle_byte_count_max": 10})
        self.assertEqual(self.v1("POST", f"content/{guid}/bundles", data).status, 413)

    def test_ranges(self):
        guid = self.make()
        self.deploy(guid, self.upload(guid, {"index.html": b"page", "a.bin": b"0123456789"}))
        for field, status, body in [
            ("bytes=2-4", 206, b"234"),
            ("bytes=7-", 206, b"789"),
            ("bytes=-2", 206, b"89"),
            ("bytes=8-99", 206, b"89"),
            ("bytes=10-", 416, b""),
        ]:
            answer = self.ask("GET", f"/content/{guid}/a.bin", headers={"Range": field})
            self.assertEqual((answer.status, answer.body), (status, body), field)
        self.assertEqual(self.ask("GET", f"/content/{guid}/").body, b"page")
        self.assertEqual(self.ask("GET", f"/content/{guid}/no.bin").status, 404)

    def test_applications(self):
        for index in range(4):
            guid = self.make(f"pin-{index}", access_type="acl", title=f"Title {index}")
            self.deploy(guid, self.upload(guid))
        page = self.make("page")
        self.deploy(page, self.upload(page, category="site"))
        self.make("empty")
        path = "/__api__/applications?filter=content_type:pin&count="
        names = [item["name"] for item in self.ask("GET", path + "1000").json["applications"]]
        self.assertEqual(names, ["pin-0", "pin-1", "pin-2", "pin-3"])
        first = self.ask("GET", path + "3").json
        self.assertEqual((len(first["applications"]), first["total"]), (3, 4))
        second = self.ask("GET", f"{path}3&start=4&cont={first['continuation']}").json
        self.assertEqual([item["name"] for item in second["applications"]], ["pin-3"])
        found = self.ask("GET", path + "9&search=" + urllib.parse.quote("title 2")).json
        self.assertEqual([item["name"] for item in found["applications"]], ["pin-2"])
        self.assertEqual(self.ask("GET", path + "9", user="derek").json["applications"], [])
        self.assertEqual(len(self.ask("GET", path + "9", user="admin").json["applications"]), 4)

    def test_vanity(self):
        guid = self.make(access_type="all")
        self.deploy(guid, self.upload(guid))
        self.assertEqual(self.v1("GET", f"content/{guid}/vanity").code, 4)
        self.v1("PUT", f"content/{guid}/vanity", {"path": "/my/cars"})
        self.assertEqual(self.v1("GET", f"content/{guid}/vanity").json["path"], "/my/cars/")
        self.assertEqual(self.ask("GET", "/my/cars/data.txt", user=None).body, b"file: a\n")
        self.assertEqual(self.ask("GET", "/other/data.txt", user=None).status, 404)
        url = self.v1("GET", f"content/{guid}").json["content_url"]
        self.assertTrue(url.endswith("/my/cars/"), url)
        bundle = self.v1("GET", f"content/{guid}").json["bundle_id"]
        file = self.ask("GET", f"/my/cars/_rev{bundle}/data.txt", user=None)
        self.assertEqual(file.body, b"file: a\n")
        other = self.make("other")
        for path, code in [("/my/cars/", 150), ("/my", 150), ("/my/cars/2", 150), ("/connect/x", 149),
                           ("/__x", 149), ("", 149), ("/a b", 149)]:
            answer = self.v1("PUT", f"content/{other}/vanity", {"path": path})
            self.assertEqual(answer.code, code, path)
        self.v1("PUT", f"content/{other}/vanity", {"path": "/my/dogs"})
        self.v1("DELETE", f"content/{guid}/vanity")
        self.assertEqual(self.ask("GET", "/my/cars/data.txt", user=None).status, 404)

    def test_login(self):
        answer = self.ask("POST", "/__api__/__login__", {"username": "susan", "password": "susan"}, None)
        cookies = [value.split(";")[0] for value in answer.headers.get_all("Set-Cookie")]
        token = cookies[1].partition("=")[2]
        fields = {"Cookie": "; ".join(cookies)}
        self.assertEqual(self.v1("GET", "user", None, None, fields).json["username"], "susan")
        self.assertEqual(self.v1("POST", "content", {"name": "abc"}, None, fields).status, 403)
        fields["X-RSC-XSRF"] = token
        self.assertEqual(self.v1("POST", "content", {"name": "abc"}, None, fields).status, 200)


class UnderAPrefix(Rules):
    prefix = "/connect/here"


class Failures(Case):
    def test_before_and_after(self):
        self.arm(kind="status", status=503, method="POST", path="/content$")
        self.arm(kind="after", status=502, method="POST", path="/content$")
        self.assertEqual(self.v1("POST", "content", {"name": "abc"}).status, 503)
        self.assertEqual(self.v1("GET", "content").json, [])
        self.assertEqual(self.v1("POST", "content", {"name": "abc"}).status, 502)
        self.assertEqual(len(self.v1("GET", "content").json), 1)
        self.assertEqual(self.v1("POST", "content", {"name": "abc"}).code, 26)

    def test_dropped_answer(self):
        self.arm(kind="drop", method="POST")
        with self.assertRaises((ConnectionError, http.client.HTTPException)):
            self.v1("POST", "content", {"name": "abc"})
        self.assertEqual(len(self.v1("GET", "content").json), 1)

    def test_throttled(self):
        self.arm(kind="status", status=429, retry_after=3, times=2, skip=1)
        statuses = [self.v1("GET", "user").status for _ in range(4)]
        self.assertEqual(statuses, [200, 429, 429, 200])
        self.arm(kind="status", status=429, retry_after=3)
        self.assertEqual(self.v1("GET", "user").headers["Retry-After"], "3")
        self.arm(kind="status", status=403, code=22)
        self.assertEqual(self.v1("GET", "user").code, 22)
        self.arm(kind="status", status=500, times=9)
        self.ask("DELETE", "/__control__/faults")
        self.assertEqual(self.v1("GET", "user").status, 200)

    def test_cut_upload_leaves_nothing(self):
        guid = self.make()
        self.arm(kind="cut", path="/bundles", bytes=10)
        with self.assertRaises((ConnectionError, http.client.HTTPException)):
            self.upload(guid)
        self.assertEqual(self.v1("GET", f"content/{guid}/bundles").json, [])

    def test_cut_download(self):
        guid = self.make()
        self.deploy(guid, self.upload(guid, {"index.html": b"x", "a.bin": bytes(1 << 20)}))
        self.arm(kind="cut", path="a.bin")
        with self.assertRaises((ConnectionError, http.client.HTTPException)):
            self.ask("GET", f"/content/{guid}/a.bin")

    def test_tasks(self):
        guid = self.make()
        first = self.upload(guid)
        self.assertEqual(self.deploy(guid, first)["code"], 0)
        second = self.upload(guid)
        self.arm(kind="task-fails", path="/deploy", error="No room.")
        task = self.deploy(guid, second)
        self.assertEqual((task["finished"], task["code"], task["error"]), (True, 1, "No room."))
        self.assertEqual(self.v1("GET", f"content/{guid}").json["bundle_id"], first)
        self.arm(kind="task-slow", path="/deploy", polls=2)
        answer = self.v1("POST", f"content/{guid}/deploy", {"bundle_id": second}).json
        path, last, seen = f"tasks/{answer['task_id']}", 0, []
        for finished in [False, False, True]:
            task = self.v1("GET", f"{path}?wait=1&first={last}").json
            self.assertEqual(task["finished"], finished)
            seen += task["output"]
            last = task["last"]
        self.assertEqual(seen[-1], "Launching static content...")
        self.assertEqual(len(seen), last)
        self.assertEqual(self.v1("GET", f"content/{guid}").json["bundle_id"], second)
        self.arm(kind="task-slow", path="/deploy", seconds=0.2)
        self.assertFalse(self.v1("GET", path, user="derek").status == 200)
        answer = self.v1("POST", f"content/{guid}/deploy", {"bundle_id": first}).json
        self.assertTrue(self.v1("GET", f"tasks/{answer['task_id']}?wait=5").json["finished"])
        self.arm(kind="task-lost", path="/deploy")
        answer = self.v1("POST", f"content/{guid}/deploy", {"bundle_id": first}).json
        self.assertEqual(self.v1("GET", f"tasks/{answer['task_id']}").code, 141)

    def test_retention_and_damage(self):
        guid = self.make()
        bundles = [self.upload(guid) for _ in range(3)]
        self.deploy(guid, bundles[0])
        self.deploy(guid, bundles[2])
        self.ask("POST", f"/__control__/retention/{guid}", {"keep": 1})
        left = [bundle["id"] for bundle in self.v1("GET", f"content/{guid}/bundles").json]
        self.assertEqual(left, [bundles[2]])
        self.ask("POST", f"/__control__/damage/{guid}/{bundles[2]}/data.txt", {"offset": 5})
        self.assertEqual(self.ask("GET", f"/content/{guid}/data.txt").body, b"file:!a\n")

    def test_log(self):
        self.ask("DELETE", "/__control__/requests")
        guid = self.make()
        self.v1("GET", f"content/{guid}", user="derek")
        log = self.ask("GET", "/__control__/requests").json
        self.assertEqual(
            [(entry["method"], entry["path"], entry["status"], entry["user"]) for entry in log],
            [
                ("POST", "/__api__/v1/content", 200, "susan"),
                ("GET", f"/__api__/v1/content/{guid}", 403, "derek"),
            ],
        )


if __name__ == "__main__":
    unittest.main()
