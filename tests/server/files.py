#!/usr/bin/env python3
"""files.py BINARY: the files that a server makes and finds, readers that do not
read, and names of hosts that a browser is led astray by."""
import http.client
import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from server import Server  # noqa: E402
from suite import run, same  # noqa: E402

BINARY = os.path.abspath(sys.argv[1])
DEV = ("-dev", "-dev-listen-address=127.0.0.1:0", "-dev-root-token-id=root")


class Folder:
    def __enter__(self):
        self.made = tempfile.TemporaryDirectory(prefix="mockvault-files-")
        return self.made.name

    def __exit__(self, *error):
        self.made.cleanup()


def start(*args, env=None):
    return Server(BINARY, *DEV, *args, plain=True, env=env)


def refused(*args):
    """What a server that does not start says."""
    done = subprocess.run([BINARY, "server", *DEV, "-dev-no-store-token",
                           *args], capture_output=True, text=True, timeout=60)
    same(done.returncode, 1)
    return done.stderr


def mode(path):
    return oct(stat.S_IMODE(os.lstat(path).st_mode))


def files_are_their_owners_alone():
    before = os.umask(0)
    try:
        with Folder() as folder:
            names = [os.path.join(folder, n) for n in ("db", "log", "journal")]
            server = start("-dev-no-store-token", "--db", names[0],
                           "-log-file", names[1], "--journal", names[2])
            server.insist(200, "POST", "secret/data/a", {"data": {"k": "v"}})
            made = os.listdir(folder)
            assert {"db", "db-wal", "log", "journal"} <= set(made), made
            for name in made:
                same((name, mode(os.path.join(folder, name))), (name, "0o600"))
            server.stop()
    finally:
        os.umask(before)


def token_file_is_made_anew():
    """Neither a link is followed nor a FIFO waited for."""
    with Folder() as home:
        victim = os.path.join(home, "victim")
        token = os.path.join(home, ".vault-token")
        with open(victim, "w") as f:
            f.write("mine")
        for make in (lambda: os.symlink(victim, token),
                     lambda: os.mkfifo(token),
                     lambda: open(token, "w").close()):
            make()
            server = start(env={"HOME": home})
            same((mode(token), stat.S_ISREG(os.lstat(token).st_mode)),
                 ("0o600", True))
            with open(token) as f:
                same(f.read(), "root")
            server.stop()
            os.unlink(token)
        with open(victim) as f:
            same(f.read(), "mine")
        same(sorted(os.listdir(home)), ["victim"])


def other_databases_are_refused():
    with Folder() as folder:
        path = os.path.join(folder, "db")
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE bookmark (url TEXT)")
        other.close()
        assert "database of another program" in refused("--db", path)
        with sqlite3.connect(path) as other:
            same(other.execute("SELECT name FROM sqlite_master").fetchall(),
                 [("bookmark",)])
        other.close()
        os.unlink(path)
        start("-dev-no-store-token", "--db", path).stop()
        with sqlite3.connect(path) as ours:
            ours.execute("UPDATE schema_part SET version = version + 1 "
                         "WHERE name = (SELECT min(name) FROM schema_part)")
        ours.close()
        assert "newer mockvault" in refused("--db", path)
        with open(path, "w") as f:
            f.write("a letter, long enough to be looked at\n" * 100)
        assert "not a database" in refused("--db", path)


def a_deleted_database_is_noticed():
    with Folder() as folder:
        path = os.path.join(folder, "db")
        server = start("-dev-no-store-token", "--db", path)
        server.insist(200, "POST", "secret/data/a", {"data": {"k": "v"}})
        assert "was deleted" not in server.stderr()
        os.unlink(path)
        for _ in range(3):
            server.insist(200, "POST", "secret/data/a", {"data": {"k": "v"}})
        same(server.stderr().count("%s was deleted or replaced" % path), 1)
        server.stop()


def others_read_a_database_in_use():
    """A reader sees what was acknowledged, keeps its view while the server
    writes, and holds nobody up."""
    count = "SELECT count(*) FROM kv2_version"
    with Folder() as folder:
        path = os.path.join(folder, "db")
        server = start("-dev-no-store-token", "--db", path)
        other = sqlite3.connect(path, timeout=0, isolation_level=None)
        for n in range(1, 4):
            server.insist(200, "POST", "secret/data/a", {"data": {"n": n}})
            same(other.execute(count).fetchone(), (n,))
        other.execute("BEGIN")
        same(other.execute(count).fetchone(), (3,))
        for n in range(20):
            server.insist(200, "POST", "secret/data/a", {"data": {"n": n}})
        same(other.execute(count).fetchone(), (3,))
        other.execute("COMMIT")
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        server.insist(200, "POST", "secret/data/b", {"data": {"n": n}})
        server.insist(200, "POST", "/_mock/reset")
        same(other.execute(count).fetchone(), (0,))
        other.close()
        server.insist(200, "POST", "secret/data/b", {"data": {"n": 1}})
        server.kill()
        server = start("-dev-no-store-token", "--db", path)
        server.insist(200, "GET", "secret/data/b")
        same(server.stop(), 0)
        same(os.listdir(folder), ["db"])


def one_server_has_a_database():
    with Folder() as folder:
        path = os.path.join(folder, "db")
        server = start("-dev-no-store-token", "--db", path)
        said = refused("--db", path)
        assert "another mockvault uses this database (process %d, lock %s" % (
            server.process.pid, path + ".lock") in said, said
        server.insist(200, "POST", "secret/data/a", {"data": {"k": "v"}})
        server.kill()
        with open(path + ".lock"):  # what a dead one leaves holds nobody up
            pass
        start("-dev-no-store-token", "--db", path).stop()
        os.mkdir(path + ".lock")
        assert path + ".lock: Is a directory" in refused("--db", path)


def a_log_that_nobody_reads():
    """A full pipe holds nobody up; the lines come once somebody reads."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(writer, True)
    with tempfile.NamedTemporaryFile(suffix=".json") as fixtures:
        fixtures.write(b"{}")
        fixtures.flush()
        check_full_log(reader, writer, fixtures.name)
    os.close(reader)


def check_full_log(reader, writer, fixtures):
    process = subprocess.Popen(
        [BINARY, "server", *DEV, "-dev-no-store-token", "--fixtures",
         fixtures],
        stdout=subprocess.PIPE, stderr=writer, text=True)
    os.close(writer)
    for line in process.stdout:
        if line.startswith('{"mockvault"'):
            break
    host, port = json.loads(line)["listeners"][0]["address"].rsplit(":", 1)

    def health():
        conn = http.client.HTTPConnection(host, int(port), timeout=60)
        conn.request("GET", "/v1/sys/health")
        same(conn.getresponse().status, 200)
        conn.close()

    os.truncate(fixtures, 1)  # of which each reload speaks
    for _ in range(3):
        process.send_signal(signal.SIGHUP)
        health()
    filled = 0
    os.set_blocking(reader, False)
    while filled < 65536:
        filled += len(os.read(reader, 65536))
    os.set_blocking(reader, True)
    process.send_signal(signal.SIGHUP)
    health()
    same(os.read(reader, 65536).count(b"the old ones stay"), 4)
    process.terminate()
    process.stdout.read()
    same(process.wait(timeout=60), 0)


BIG = {"data": {"k%d" % i: "v" * 60 for i in range(400)}}


def write_until_refused(server):
    """Vault's answer once no audit device takes an entry."""
    for _ in range(400):
        status, _, text = server.ask("POST", "secret/data/a", BIG)
        if status != 200:
            same((status, json.loads(text)),
                 (500, {"errors": ["internal error"]}))
            return
        server.insist(200, "GET", "/v1/sys/health")
    raise AssertionError("the device took everything")


def an_audit_fifo_that_nobody_reads():
    with Folder() as folder:
        path = os.path.join(folder, "fifo")
        os.mkfifo(path)
        server = start("-dev-no-store-token")
        device = {"type": "file", "options": {"file_path": path, "mode": "0"}}
        got = server.insist(400, "PUT", "sys/audit/f", device)
        assert "no such device or address" in str(got), got
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        server.insist(204, "PUT", "sys/audit/f", device)
        write_until_refused(server)
        server.insist(200, "GET", "/v1/sys/health")
        read = b""
        for _ in range(400):
            try:
                read += os.read(reader, 1 << 20)
                server.ask("GET", "secret/data/none")
            except BlockingIOError:
                break
        server.insist(200, "GET", "secret/data/a")
        read += os.read(reader, 1 << 20)
        lines = read.split(b"\n")
        same(lines.pop(), b"")
        assert len(lines) > 40
        for line in lines:  # none is cut
            json.loads(line)
        server.stop()
        os.close(reader)


def an_audit_socket_that_nobody_reads():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        server = start("-dev-no-store-token")
        server.insist(204, "PUT", "sys/audit/s", {"type": "socket", "options": {
            "address": "127.0.0.1:%d" % listener.getsockname()[1]}})
        write_until_refused(server)
        server.insist(200, "GET", "/v1/sys/health")
        server.stop()


def names_that_lead_astray():
    server = start("-dev-no-store-token")
    try:
        admin = server.bound["admin_addr"].split("//")[1]
        port = admin.rsplit(":", 1)[1]
        page = {"Origin": "http://evil.example:" + port,
                "Sec-Fetch-Site": "same-origin"}
        for host, headers, status in (
                ("evil.example:" + port, page, 403),
                ("127.0.0.1.nip.example", {"Origin": "http://x"}, 403),
                ("evil.example", {"Sec-Fetch-Site": "none"}, 403),
                ("evil.example:" + port, {}, 200),
                (admin, {"Sec-Fetch-Site": "none"}, 200),
                ("localhost:" + port, {"Sec-Fetch-Site": "none"}, 200),
                ("[::1]:" + port, {"Sec-Fetch-Site": "none"}, 200),
                ("mockvault:" + port, {"Sec-Fetch-Site": "none"}, 200)):
            conn = http.client.HTTPConnection(admin, timeout=20)
            conn.putrequest("GET", "/_mock/faults", skip_host=True)
            conn.putheader("Host", host)
            for name, value in headers.items():
                conn.putheader(name, value)
            conn.endheaders()
            answer = conn.getresponse()
            same((host, headers, answer.status), (host, headers, status))
            assert not [n for n, _ in answer.getheaders()
                        if n.startswith("Access-Control")]
            conn.close()
    finally:
        server.kill()


def an_empty_admin_token_is_no_token():
    assert "-admin-token" in refused("--admin-token", "")


if __name__ == "__main__":
    sys.exit(run([files_are_their_owners_alone, token_file_is_made_anew,
                  other_databases_are_refused, a_deleted_database_is_noticed,
                  others_read_a_database_in_use, one_server_has_a_database,
                  a_log_that_nobody_reads, an_audit_fifo_that_nobody_reads,
                  an_audit_socket_that_nobody_reads, names_that_lead_astray,
                  an_empty_admin_token_is_no_token]))
