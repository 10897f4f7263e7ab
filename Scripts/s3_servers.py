#!/usr/bin/env python3
"""Starts S3 servers on free loopback ports, until standard input ends.

    s3_servers.py FOLDER [NAME…]     NAME: moto, rclone, nanio, localbucket; all by default

Runs in the virtual environment that s3-setup.sh makes, and keeps all data below FOLDER, which it
removes in the end. When a
server answers it prints one line of JSON: name, endpoint, access key, secret, bucket, log, and the
endpoint of a proxy before it that breaks every third request or so: cuts answers, delays them, sends
requests twice, says 500 or 503 before or after the server has done what it was asked to. Then it
prints 'ready', and ends the servers when its standard input does.
"""

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import boto3
import botocore.config

BIN = Path(sys.executable).parent
HERE = Path(__file__).resolve().parent
KEY, SECRET, BUCKET = "pins-key", "pins-secret-0123456789", "pins-bucket"
STARTUP_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command(name: str, port: int, data: Path) -> list[str]:
    address = f"127.0.0.1:{port}"
    return {
        "moto": [BIN / "python", HERE / "moto_one_by_one.py", "-H", "127.0.0.1", "-p", str(port)],
        "rclone": [
            BIN / "rclone", "serve", "s3", "--addr", address, "--auth-key", f"{KEY},{SECRET}",
            "--vfs-cache-mode", "off", data,
        ],
        "nanio": [
            BIN / "nanio", "serve", "--host", "127.0.0.1", "--port", str(port),
            "--data-dir", data,
        ],
        "localbucket": [BIN / "localbucket", "--port", str(port), data],
    }[name]


def environment(name: str) -> dict[str, str]:
    extra = {
        # The first three calls, which make the user, are not checked; every later one is.
        "moto": {"INITIAL_NO_AUTH_ACTION_COUNT": "3"},
        "nanio": {"NANIO_ACCESS_KEY": KEY, "NANIO_SECRET_KEY": SECRET},
    }.get(name, {})
    clean = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    return {**clean, **extra}


def wait_for(port: int, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit(f"{log.stem} ended while it started:\n{log.read_text()[-2000:]}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{log.stem} does not answer:\n{log.read_text()[-2000:]}")


def client(service: str, endpoint: str, key: str, secret: str):
    return boto3.client(
        service, endpoint_url=endpoint, aws_access_key_id=key, aws_secret_access_key=secret,
        region_name="us-east-1",
        config=botocore.config.Config(s3={"addressing_style": "path"}))


def moto_user(endpoint: str) -> tuple[str, str]:
    """Makes a user with a key, in the three calls that are not checked."""
    iam = client("iam", endpoint, "any", "any")
    iam.create_user(UserName="pins")
    key = iam.create_access_key(UserName="pins")["AccessKey"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["*"], "Resource": "*"}],
    }
    iam.put_user_policy(
        UserName="pins", PolicyName="all", PolicyDocument=json.dumps(policy))
    return key["AccessKeyId"], key["SecretAccessKey"]


def moto_sessions(endpoint: str, key: str, secret: str) -> list[dict[str, str]]:
    """Keys of two sessions of a role, which come with a token."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}],
    }
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"}],
    }
    iam = client("iam", endpoint, key, secret)
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    iam.put_role_policy(RoleName="r", PolicyName="s3", PolicyDocument=json.dumps(policy))
    sts = client("sts", endpoint, key, secret)
    sessions = []
    for name in ["one", "two"]:
        keys = sts.assume_role(RoleArn=role["Arn"], RoleSessionName=name)["Credentials"]
        sessions.append({
            "access_key": keys["AccessKeyId"], "secret_key": keys["SecretAccessKey"],
            "token": keys["SessionToken"],
        })
    return sessions


def start(name: str, folder: Path) -> tuple[subprocess.Popen, dict]:
    data = folder / name
    data.mkdir(parents=True)
    log = folder / f"{name}.log"
    port = free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(word) for word in command(name, port, data)], env=environment(name),
            stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        wait_for(port, process, log)
        endpoint = f"http://127.0.0.1:{port}"
        key, secret = moto_user(endpoint) if name == "moto" else (KEY, SECRET)
        client("s3", endpoint, key, secret).create_bucket(Bucket=BUCKET)
    except BaseException:
        process.kill()
        raise
    proxy = FaultProxy(port, seed=20261126)
    return process, {
        "faulty_endpoint": f"http://127.0.0.1:{proxy.port}", "name": name,
        "endpoint": endpoint, "access_key": key, "secret_key": secret,
        "bucket": BUCKET, "log": str(log),
        "sessions": moto_sessions(endpoint, key, secret) if name == "moto" else [],
    }


class FaultProxy:
    """One request a connection to the server; faults by a seed."""

    FAULTS = ["cut", "delay", "twice", "500 before", "503 before", "500 after", "503 after", "drop"]

    def __init__(self, target: int, seed: int) -> None:
        self.target = target
        self.generator = random.Random(seed)
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.handle, args=(connection,), daemon=True).start()

    @staticmethod
    def read_request(connection: socket.socket) -> bytes:
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return b""
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        while len(body) < length:
            more = connection.recv(1 << 20)
            if not more:
                return b""
            body += more
        return head + b"\r\nConnection: close\r\n\r\n" + body

    def ask(self, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.target)) as server:
            server.sendall(request)
            answer = b""
            while more := server.recv(1 << 20):
                answer += more
            return answer

    def handle(self, connection: socket.socket) -> None:
        with connection:
            try:
                if request := self.read_request(connection):
                    connection.sendall(self.answer(request))
            except OSError:
                pass

    def answer(self, request: bytes) -> bytes:
        with self.lock:
            is_faulty = self.generator.random() < 0.35
            fault = self.generator.choice(self.FAULTS) if is_faulty else ""
        trouble = b"HTTP/1.1 %d Trouble\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        if fault.endswith("before"):
            return trouble % int(fault[:3])
        answer = self.ask(request)
        if fault.endswith("after"):
            return trouble % int(fault[:3])
        if fault == "drop":
            return b""
        if fault == "twice":
            return self.ask(request)
        if fault == "delay":
            time.sleep(0.2)
        if fault == "cut":
            return answer[: len(answer) // 2]
        return answer


def main() -> None:
    folder = Path(sys.argv[1])
    names = sys.argv[2:] or ["moto", "rclone", "nanio", "localbucket"]
    processes = []
    try:
        for name in names:
            process, description = start(name, folder)
            processes.append(process)
            print(json.dumps(description), flush=True)
        print("ready", flush=True)
        sys.stdin.read()
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(folder, ignore_errors=True)


main()
