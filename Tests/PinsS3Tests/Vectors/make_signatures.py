#!/usr/bin/env python3
"""Writes signatures.json: requests and their signatures (version 4), by botocore.

Needs botocore (pip install botocore). The first four are those that Amazon publishes in "Signature
Calculations for the Authorization Header" of the S3 API reference; the script fails if botocore's
answer is not the published one. The others are made from a seed: odd keys, queries, fields, tokens,
ports.

    python3 make_signatures.py        # writes signatures.json beside itself
"""

import datetime
import hashlib
import json
import random
import urllib.parse
from pathlib import Path

import botocore
import botocore.auth
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SEED = 20261126
KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
EMPTY = hashlib.sha256(b"").hexdigest()
HOST = "https://examplebucket.s3.amazonaws.com"

PUBLISHED = [
    ("GET", f"{HOST}/test.txt", {"Range": "bytes=0-9"}, EMPTY,
     "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
    ("PUT", f"{HOST}/test%24file.text",
     {"Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
     hashlib.sha256(b"Welcome to Amazon S3.").hexdigest(),
     "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"),
    ("GET", f"{HOST}/?lifecycle=", {}, EMPTY,
     "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
    ("GET", f"{HOST}/?max-keys=2&prefix=J", {}, EMPTY,
     "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
]


def sign(method, url, headers, payload, secret, token, region, time):
    class Clock(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return time

        @classmethod
        def now(cls, tz=None):
            return time.replace(tzinfo=tz)

    moment = lambda *_args, **_named: time
    if hasattr(botocore.auth, "get_current_datetime"):
        botocore.auth.get_current_datetime = moment
    botocore.auth.datetime = type("module", (), {"datetime": Clock})
    request = AWSRequest(method=method, url=url, headers=headers)
    request.headers["X-Amz-Content-SHA256"] = payload

    class Signer(S3SigV4Auth):
        def payload(self, request):
            return payload

        def _modify_request_before_signing(self, request):
            # The fields are as they were given; only those of the signature are added.
            if "Authorization" in request.headers:
                del request.headers["Authorization"]
            self._set_necessary_date_headers(request)
            if self.credentials.token:
                request.headers["X-Amz-Security-Token"] = self.credentials.token

        def _set_necessary_date_headers(self, request):
            # botocore would leave out its own date where there is a Date.
            request.headers["X-Amz-Date"] = time.strftime("%Y%m%dT%H%M%SZ")

        def add_auth(self, request):
            request.context["timestamp"] = time.strftime("%Y%m%dT%H%M%SZ")
            self._modify_request_before_signing(request)
            text = self.string_to_sign(request, self.canonical_request(request))
            signature = self.signature(text, request)
            self._inject_signature_to_request(request, signature)

    Signer(Credentials(KEY, secret, token), "s3", region).add_auth(request)
    return request.headers["Authorization"]


def case(method, url, headers, payload, secret=SECRET, token=None, region="us-east-1",
         time=datetime.datetime(2013, 5, 24)):
    return {
        "method": method, "url": url, "headers": headers, "payload": payload,
        "access_key": KEY, "secret_key": secret, "token": token, "region": region,
        "seconds": int(time.replace(tzinfo=datetime.timezone.utc).timestamp()),
        "authorization": sign(method, url, dict(headers), payload, secret, token, region, time),
    }


def random_case(generator):
    characters = "aZ09-._~/ !\"#$&'()*+,:;<=>?@[]^`{|}%äé€\U0001f600"
    key = "".join(generator.choice(characters) for _ in range(generator.randint(1, 30)))
    query = {
        "".join(generator.choice("abc-XYZ 09+/é") for _ in range(generator.randint(1, 8))):
        "".join(generator.choice(characters) for _ in range(generator.randint(0, 12)))
        for _ in range(generator.randint(0, 4))
    }
    encode = lambda text, safe="": urllib.parse.quote(text, safe=safe + "-._~")
    pairs = sorted((encode(name), encode(value)) for name, value in query.items())
    text = "&".join(f"{name}={value}" for name, value in pairs)
    host = generator.choice([
        "http://127.0.0.1:9000/bucket", "https://bucket.s3.eu-central-1.amazonaws.com",
        "https://s3.example.org:8443/a/bucket", "http://localhost:80/bucket",
    ])
    headers = generator.choice([
        {}, {"Range": "bytes=5-6"}, {"If-None-Match": "*", "Content-Type": "text/plain"},
        {"x-amz-meta-note": "  two   spaces  "}, {"If-Match": "\"abc\""},
    ])
    payload = hashlib.sha256(key.encode()).hexdigest()
    time = datetime.datetime(1999, 12, 31) + datetime.timedelta(
        seconds=generator.randint(0, 1_500_000_000))
    return case(
        generator.choice(["GET", "PUT", "HEAD", "POST", "DELETE"]),
        f"{host}/{encode(key, '/')}" + (f"?{text}" if text else ""), headers, payload,
        secret="".join(generator.choice("abcXYZ/+019") for _ in range(generator.choice([40, 90]))),
        token=generator.choice([None, "token+/=" * 5]),
        region=generator.choice(["us-east-1", "eu-central-1", "auto"]), time=time)


def main():
    cases = []
    for method, url, headers, payload, expected in PUBLISHED:
        made = case(method, url, headers, payload)
        assert made["authorization"].endswith(f"Signature={expected}"), (url, made)
        cases.append(made)
    generator = random.Random(SEED)
    cases += [random_case(generator) for _ in range(60)]
    document = {"made_by": f"botocore {botocore.__version__}", "seed": SEED, "cases": cases}
    path = Path(__file__).with_name("signatures.json")
    path.write_text(json.dumps(document, indent=1) + "\n")
    print(f"{path.name}: {len(cases)} cases")


main()
