#!/usr/bin/env python3
"""Instructions a request costs: instructions.py MOCKVAULT [WORD...]

Runs the server under callgrind and counts instructions of user space, which
neither load nor a clock changes. 32 keep-alive connections each send one
request, then all answers are read, round after round; a figure is that of the
counted rounds divided by their requests. With WORDs only the operations whose
names have one. BENCH_KEEP=FILE keeps callgrind's files as FILE.N for
callgrind_annotate. Prints a table, then one JSON line. Nothing here passes or
fails.
"""
import glob
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile

CONNECTIONS = 32
WARM_UP = 2
ROUNDS = 8
SECRET = json.dumps({"data": {"value": "x" * 187}})


class Counted:
    """A server under callgrind, its 32 connections, its counts."""

    def __init__(self, binary, folder):
        self.folder = folder
        self.process = subprocess.Popen(
            ["valgrind", "--tool=callgrind",
             "--callgrind-out-file=%s/out.%%p" % folder, binary, "server",
             "-dev", "-dev-root-token-id=root", "-dev-no-store-token",
             "-dev-listen-address=127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if line.startswith("{"):
                break
        else:
            sys.exit("instructions: the server did not start")
        port = int(json.loads(line)["api_addr"].rsplit(":", 1)[1])
        self.start = self.count()
        self.sockets = [socket.create_connection(("127.0.0.1", port))
                        for _ in range(CONNECTIONS)]
        self.files = [s.makefile("rb") for s in self.sockets]

    def count(self):
        """Instructions since the last call."""
        subprocess.run(["callgrind_control", "--dump", str(self.process.pid)],
                       check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        newest = max(glob.glob(self.folder + "/out.*.*"),
                     key=lambda name: int(name.rsplit(".", 1)[1]))
        with open(newest) as f:
            return int(re.search(r"^(?:summary|totals): (\d+)", f.read(),
                                 re.M).group(1))

    def ask(self, method, path, body="", connections=CONNECTIONS):
        """One request on each connection; the last answer's body."""
        head = ("%s /v1/%s HTTP/1.1\r\nHost: localhost\r\n"
                "X-Vault-Token: root\r\nContent-Length: %d\r\n\r\n")
        for n, s in enumerate(self.sockets[:connections]):
            text = body.replace("%n", str(n))
            s.sendall((head % (method, path.replace("%n", str(n)),
                               len(text)) + text).encode())
        return [self.answer(f) for f in self.files[:connections]][-1]

    def ask_once(self, method, path, body=""):
        return json.loads(self.ask(method, path, body, 1) or "{}")

    @staticmethod
    def answer(f):
        status = f.readline().split()[1]
        length = 0
        while (line := f.readline()) != b"\r\n":
            name, value = line.split(b":", 1)
            if name.lower() == b"content-length":
                length = int(value)
        body = f.read(length)
        if not status.startswith(b"2"):
            sys.exit("instructions: %s %s" % (status.decode(), body.decode()))
        return body

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate()


def prepare(server):
    """What the operations need; the body of a login."""
    server.ask("POST", "secret/data/bench", SECRET)
    server.ask("POST", "secret/data/few-%n", SECRET)
    for n in range(2):
        server.ask("POST", "secret/data/list/%d-%%n" % n, SECRET)
    server.ask_once("POST", "sys/policy/app", json.dumps(
        {"policy": 'path "secret/data/*" { capabilities = ["read"] }'}))
    server.ask_once("POST", "sys/auth/approle", '{"type":"approle"}')
    server.ask_once("POST", "auth/approle/role/app", '{"token_policies":"app"}')
    role = server.ask_once("GET", "auth/approle/role/app/role-id")
    secret = server.ask_once("POST", "auth/approle/role/app/secret-id")
    return json.dumps({"role_id": role["data"]["role_id"],
                       "secret_id": secret["data"]["secret_id"]})


def operations(login):
    """(name, what is sent); %n is the connection's number, %r the round's"""
    return [
        ("KV v2 read", ("GET", "secret/data/bench")),
        ("KV v2 write", ("POST", "secret/data/few-%n", SECRET)),
        ("sys/health", ("GET", "sys/health")),
        ("AppRole login", ("POST", "auth/approle/login", login)),
        ("LIST of 64 keys", ("GET", "secret/metadata/list?list=true")),
        ("token lookup-self", ("GET", "auth/token/lookup-self")),
        ("token create", ("POST", "auth/token/create", '{"ttl":"1h"}')),
        # The others are asked among few secrets.
        ("KV v2 write, new", ("POST", "secret/data/new/%r-%n", SECRET)),
        ("KV v2 read, spread", ("GET", "secret/data/spread/%r-%n")),
    ]


def main():
    binary, words = sys.argv[1], sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder:
        server = Counted(binary, folder)
        figures = {"start": server.start}
        for name, request in operations(prepare(server)):
            if words and not any(w in name for w in words):
                continue
            if "spread" in name:
                for n in range(WARM_UP + ROUNDS):
                    server.ask("POST", "secret/data/spread/%d-%%n" % n, SECRET)
            for n in range(WARM_UP + ROUNDS):
                if n == WARM_UP:
                    server.count()
                server.ask(*[part.replace("%r", str(n)) for part in request])
            figures[name] = server.count() // (ROUNDS * CONNECTIONS)
        keep = os.environ.get("BENCH_KEEP")
        if keep:
            for n, path in enumerate(sorted(glob.glob(folder + "/out.*"))):
                os.rename(path, "%s.%d" % (keep, n))
        server.stop()
    for name, value in figures.items():
        print("%-20s %12s" % (name, format(value, ",")))
    print(json.dumps(figures))


main()
