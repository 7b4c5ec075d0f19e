#!/usr/bin/env python3
"""production.py BINARY: configured servers over restarts: sealed storage,
auto-unseal, audit files, broken configurations. Closes with
'N passed, N failed'."""
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from server import Server  # noqa: E402
from suite import run, same  # noqa: E402

BINARY = os.path.abspath(sys.argv[1])
LISTENER = 'listener "tcp" { address = "127.0.0.1:0" tls_disable = true }\n'
ONE = {"secret_shares": 1, "secret_threshold": 1}


def start(storage, folder, more=""):
    if storage == "raft":  # Vault 1.19: it does not start without
        more += 'cluster_addr = "https://127.0.0.1:8201"\n'
    return Server(BINARY, config='storage "%s" { path = "%s/data" }\n%s%s'
                  % (storage, folder, LISTENER, more))


def answer(server, method, path, body=None, status=200):
    return server.insist(status, method, path, body)


begin = Server.initialize


def a_restart_comes_up_sealed(storage):
    with tempfile.TemporaryDirectory() as folder:
        server = start(storage, folder)
        made = begin(server)
        answer(server, "POST", "sys/mounts/kv", {"type": "kv"}, 204)
        answer(server, "POST", "kv/a", {"x": 1}, 204)
        assert server.stop() == 0
        server = start(storage, folder)
        server.token = made["root_token"]
        answer(server, "GET", "kv/a", status=503)
        status = answer(server, "GET", "sys/seal-status")
        assert status["initialized"] and status["sealed"], status
        assert status["storage_type"] == storage
        answer(server, "PUT", "sys/unseal", {"key": made["keys"][0]})
        assert answer(server, "GET", "kv/a")["data"] == {"x": 1}
        assert server.stop() == 0


def full_disk():
    """The database may not grow: writes are refused, what was acknowledged is
    kept, and writing works again once there is room."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "db")
        server = Server(BINARY, "--db", path)
        kept, refused = [], []

        def write(n):
            status, _, text = server.ask(
                "POST", "secret/data/n%d" % n, {"data": {"x": "y" * 3000}})
            (kept if status == 200 else refused).append(n)
            assert status == 200 or status == 500, (status, text)
            return text

        write(0)
        size = os.path.getsize(path + "-wal")
        limit = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE,
                         (size + 100000, limit[1]))
        texts = [write(n) for n in range(1, 60)]
        assert len(kept) > 1 and len(refused) > 1, (kept, refused)
        assert json.loads(texts[-1])["errors"] == [
            "1 error occurred:\n\t* write %s: input/output error\n\n" % path]
        said = server.insist(200, "POST", "/_mock/requests/find", {
            "match": {"path": "secret/data/n*"}, "limit": 100})["requests"]
        same([(e["path"][len("secret/data/n"):], e["status"], e["committed"])
              for e in said],
             [(str(n), 200 if n in kept else 500, n in kept)
              for n in range(60)])
        same((said[-1]["error"], said[-1]["bytes"]),
             (json.loads(texts[-1])["errors"][0], len(texts[-1])))
        same(server.insist(200, "POST", "/_mock/requests/count", {
            "match": {"path": "secret/data/n*"}, "status": 500})["count"],
             len(refused))
        token = server.ask("POST", "auth/token/create", {"id": "lost"})
        assert token[0] == 500, token
        answer(server, "GET", "sys/health")
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, limit)
        write(60)
        assert kept[-1] == 60
        for again in (False, True):
            for n in kept + refused:
                answer(server, "GET", "secret/data/n%d" % n,
                       status=200 if n in kept else 404)
            assert server.ask("GET", "auth/token/lookup-self",
                              token="lost")[0] == 403
            if not again:
                server.kill()
                server = Server(BINARY, "--db", path)
        assert server.stop() == 0


def file_storage():
    a_restart_comes_up_sealed("file")


def raft_storage():
    a_restart_comes_up_sealed("raft")


def step_down():
    """Vault 1.19: with high availability it needs sudo, and a use of a token
    is counted for who is refused, too; without it nobody is asked."""
    path = "sys/step-down"
    denied = ["1 error occurred:\n\t* permission denied\n\n"]
    with tempfile.TemporaryDirectory() as folder:
        server = start("raft", folder)
        same(answer(server, "PUT", path, None, 503)["errors"],
             ["Vault is sealed"])
        begin(server)
        root = server.token
        for name, rule in (("update", '["update"]'),
                           ("sudo", '["update", "sudo"]')):
            answer(server, "PUT", "sys/policy/" + name, {
                "policy": 'path "sys/step-down" { capabilities = %s }' % rule},
                204)
        tokens = [answer(server, "POST", "auth/token/create", {
            "policies": [name], "num_uses": 2, "no_default_policy": True})[
                "auth"]["client_token"] for name in ("update", "sudo")]
        for token, status in zip(tokens, (403, 204)):
            server.token = token
            for _ in range(2):
                got = answer(server, "PUT", path, None, status)
                if status == 403:
                    same(got["errors"], denied)
            same(answer(server, "PUT", path, None, 403)["errors"], [
                "2 errors occurred:\n\t* permission denied\n\t* invalid "
                "token\n\n"])
        server.token = root
        answer(server, "PUT", path, None, 204)
        server.token = ""
        same(answer(server, "PUT", path, None, 403)["errors"],
             ["permission denied"])
        same(server.ask("GET", path)[0], 405)
        same(server.stop(), 0)


def few_files_may_be_open():
    """A limit that cannot be raised is told at the start; beyond it clients
    wait, and are served as soon as others go."""
    with tempfile.TemporaryDirectory() as folder:
        few = os.path.join(folder, "few")
        with open(few, "w") as f:
            f.write('#!/bin/sh\nulimit -n 64\nexec %s "$@"\n' % BINARY)
        os.chmod(few, 0o700)
        server = Server(few, "-dev-no-store-token")
        said = [x for x in server.stderr().splitlines() if "ulimit" in x]
        same(len(said), 1)
        assert "may have 64 files" in said[0] and "-n 10240" in said[0], said
        waiting = [socket.create_connection((server.host, server.port))
                   for _ in range(100)]
        late = waiting[-1]
        late.sendall(b"GET /v1/sys/health HTTP/1.1\r\nHost: a\r\n\r\n")
        for other in waiting[:-1]:
            other.close()
        late.settimeout(60)
        assert late.recv(100).startswith(b"HTTP/1.1 200")
        late.close()
        same(server.stop(), 0)
    server = Server(BINARY)
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] >= 10240:
        assert "ulimit" not in server.stderr()
    same(server.stop(), 0)


AUTOPILOT = "sys/storage/raft/autopilot/"


def autopilot_settings():
    """Values are typed, merged with those before, and refused together."""
    with tempfile.TemporaryDirectory() as folder:
        server = start("raft", folder, 'cluster_name = "c"\n')
        begin(server)
        config = AUTOPILOT + "configuration"
        first = {"cleanup_dead_servers": False,
                 "dead_server_last_contact_threshold": "24h0m0s",
                 "disable_upgrade_migration": False,
                 "last_contact_threshold": "10s", "max_trailing_logs": 1000,
                 "min_quorum": 0, "server_stabilization_time": "10s"}
        assert answer(server, "GET", config)["data"] == first
        quorum = "min_quorum must be set when cleanup_dead_servers is set " \
            "and it should at least be 3; cleanup_dead_servers: true, " \
            "min_quorum: 0x%x"
        short = "dead_server_last_contact_threshold should not be set to " \
            "less than 1m; received: "
        for body, text in (
                ({"server_stabilization_time": "abc"}, 'error converting '
                 'input for field "server_stabilization_time": time: invalid '
                 'duration "abc"'),
                ({"last_contact_threshold": "1w"}, 'error converting input '
                 'for field "last_contact_threshold": time: unknown unit "w" '
                 'in duration "1w"'),
                ({"max_trailing_logs": "many"}, 'error converting input for '
                 'field "max_trailing_logs": cannot parse \'\' as int: '
                 'strconv.ParseInt: parsing "many": invalid syntax'),
                ({"cleanup_dead_servers": "perhaps"}, 'error converting '
                 'input for field "cleanup_dead_servers": cannot parse \'\' '
                 'as bool: strconv.ParseBool: parsing "perhaps": invalid '
                 "syntax"),
                ({"disable_upgrade_migration": False}, "disable_upgrade_"
                 "migration is only available in Vault Enterprise"),
                ({"cleanup_dead_servers": True}, quorum % 0),
                ({"cleanup_dead_servers": True, "min_quorum": 2},
                 quorum % 2),
                ({"cleanup_dead_servers": True, "min_quorum": 3,
                  "dead_server_last_contact_threshold": "59s"},
                 short + "59")):
            got = answer(server, "POST", config, body, 400)["errors"]
            want = [text]
            if "converting" in text:
                want = [text, "Field validation failed: " + text]
                assert len(got) == 1 and got[0] in want, (body, got)
            else:
                assert got == want, (body, got)
        assert answer(server, "GET", config)["data"] == first
        answer(server, "POST", config, {
            "server_stabilization_time": 90, "max_trailing_logs": "500",
            "dead_server_last_contact_threshold": "30s",
            "last_contact_threshold": 0}, 204)
        assert answer(server, "POST", config, {
            "cleanup_dead_servers": True, "min_quorum": 3}, 400)[
                "errors"] == [short + "<nil>"]
        answer(server, "POST", config, {
            "cleanup_dead_servers": True, "min_quorum": 3,
            "dead_server_last_contact_threshold": "1m"}, 204)
        assert answer(server, "GET", config)["data"] == {
            "cleanup_dead_servers": True,
            "dead_server_last_contact_threshold": "1m0s",
            "disable_upgrade_migration": False,
            "last_contact_threshold": "10s", "max_trailing_logs": 500,
            "min_quorum": 3, "server_stabilization_time": "1m30s"}
        assert server.stop() == 0


def bootstrap_by_hand():
    """A node alone gives a challenge to who wants to join, and takes no wrong
    answer."""
    with tempfile.TemporaryDirectory() as folder:
        server = start("raft", folder)
        path = "sys/storage/raft/bootstrap"
        refused = {"answer": "AAAA", "cluster_addr": "https://127.0.0.1:1"}

        def fails(where, body, status, *texts):
            assert answer(server, "POST", where, body, status) == {
                "errors": list(texts)}

        status, _, text = server.ask("POST", path)
        assert status == 400, text
        refusals = [json.loads(line)["errors"] for line in text.splitlines()]
        assert refusals == [
            ["node must be unsealed to bootstrap"],
            ["could not generate TLS keyring during bootstrap: "
             "Vault is sealed"]], refusals
        begin(server)
        server.token = None
        fails(path, None, 500, "could not bootstrap clustered storage: error "
              "bootstrapping cluster: cluster already has state")
        assert answer(server, "GET", path, None, 400) == {"errors": []}
        fails(path + "/challenge", {}, 400, "no server id provided")
        got = answer(server, "POST", path + "/challenge",
                     {"server_id": "n9"})["data"]
        assert sorted(got) == ["challenge", "seal_config"]
        assert got["seal_config"]["secret_threshold"] == 1, got
        fails(path + "/answer", {}, 400, "no server_id provided")
        fails(path + "/answer", dict(refused, server_id="n8"), 400,
              "no expected answer for the server id provided")
        fails(path + "/answer", dict(refused, server_id="n9", answer="!"),
              400, "could not base64 decode answer")
        fails(path + "/answer", dict(refused, server_id="n9"), 400,
              "invalid answer given")
        fails(path + "/answer", {"server_id": "n9", "answer": "A" * 25}, 400,
              "answer is too long")
        fails(path + "/answer", {"server_id": "n9", "answer": "A" * 24}, 400,
              "no cluster_addr provided")
        assert server.stop() == 0


def processor_time(server):
    with open("/proc/%d/stat" % server.process.pid) as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def who_has_nothing_to_do_sleeps():
    """While a call waits for a second in the server."""
    with tempfile.TemporaryDirectory() as folder:
        server = start("raft", folder)
        begin(server)
        answer(server, "GET", "sys/storage/raft/configuration")
        before = processor_time(server)
        answer(server, "POST", "/_mock/requests/wait",
               {"n": 99999, "timeout": "1s"}, 408)
        assert processor_time(server) - before < 0.2
        assert server.stop() == 0


def raft_challenges_are_few_a_second():
    with tempfile.TemporaryDirectory() as folder:
        server = start("raft", folder)
        begin(server)
        path = "sys/storage/raft/bootstrap/challenge"

        def ask(n, status=200):
            return answer(server, "POST", path, {"server_id": "n%d" % n},
                          status)

        server.insist(200, "PUT", "/_mock/clock", {"mode": "frozen"})
        for n in range(20):
            ask(n)
        got = ask(20, 429)
        assert got["data"] == {
            "error": "too many raft challenges in flight"}, got
        assert got["request_id"] and got["mount_type"] == "", got
        ask(3)  # known
        server.insist(200, "POST", "/_mock/clock/advance", {"by": "400ms"})
        ask(20)
        ask(21)
        ask(22, 429)
        server.insist(200, "POST", "/_mock/clock/advance", {"by": "1h"})
        for n in range(30, 50):
            ask(n)
        ask(50, 429)
        assert server.stop() == 0


def autopilot_state():
    with tempfile.TemporaryDirectory() as folder:
        server = start("raft", folder)
        begin(server)
        text = server.ask("GET", AUTOPILOT + "state")[2]
        data = json.loads(text)["data"]
        assert list(data) == ["failure_tolerance", "healthy", "leader",
                              "servers", "voters"], text
        one, = data["servers"].values()
        assert list(one) == [
            "id", "name", "address", "node_status", "last_contact",
            "last_term", "last_index", "healthy", "stable_since", "status",
            "version", "node_type"], text
        answer(server, "POST", "cubbyhole/a", {"a": 1}, 204)
        again, = answer(server, "GET", AUTOPILOT + "state")["data"][
            "servers"].values()
        assert again["last_index"] > one["last_index"], (one, again)
        assert again["stable_since"] == one["stable_since"]
        assert server.stop() == 0


def auto_unseal():
    with tempfile.TemporaryDirectory() as folder:
        seal = 'seal "awskms" { kms_key_id = "k" }\n'
        server = start("file", folder, seal)
        answer(server, "PUT", "sys/init", ONE, 400)
        made = answer(server, "PUT", "sys/init", {
            "recovery_shares": 3, "recovery_threshold": 2})
        assert made["keys"] == [] and len(made["recovery_keys"]) == 3
        assert server.stop() == 0
        server = start("file", folder, seal)
        status = answer(server, "GET", "sys/seal-status")
        assert status["type"] == "awskms" and not status["sealed"]
        assert status["recovery_seal_type"] == "shamir" and status["n"] == 3
        attempt = answer(server, "PUT", "sys/generate-root/attempt", {})
        for key in made["recovery_keys"][:2]:
            done = answer(server, "PUT", "sys/generate-root/update", {
                "key": key, "nonce": attempt["nonce"]})
        assert done["complete"] and done["encoded_token"]
        assert server.stop() == 0
        os.environ["MOCKVAULT_KMS_UNREACHABLE"] = "1"
        try:
            server = start("file", folder, seal)
        finally:
            del os.environ["MOCKVAULT_KMS_UNREACHABLE"]
        assert answer(server, "GET", "sys/seal-status")["sealed"]
        assert "failed to unseal core" in server.stderr()
        assert server.stop() == 0


def audit_file():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "audit.log")
        server = Server(BINARY)
        answer(server, "POST", "sys/audit/f", {
            "type": "file", "options": {"file_path": path}}, 204)
        answer(server, "POST", "secret/data/a", {"data": {"pw": "hide me"}})
        hashed = answer(server, "POST", "sys/audit-hash/f",
                        {"input": "hide me"})["data"]["hash"]
        os.rename(path, path + ".1")
        server.process.send_signal(signal.SIGHUP)
        while not os.path.exists(path):
            answer(server, "GET", "sys/health")
        answer(server, "GET", "secret/data/a")
        assert server.stop() == 0
        with open(path + ".1") as f:
            text = f.read()
        assert "hide me" not in text and '"root"' in text
        entries = [json.loads(line) for line in text.splitlines()]
        wrote = [e for e in entries
                 if e["request"]["path"] == "secret/data/a"]
        assert [e["type"] for e in wrote] == ["request", "response"]
        assert wrote[0]["request"]["data"]["data"]["pw"] == hashed
        assert wrote[0]["request"]["operation"] == "create"
        with open(path) as f:
            assert '"operation":"read"' in f.read()


def refused_requests_in_the_audit_log():
    """Vault 1.19: what is refused before the request is built (headers, form
    of the body) leaves no entry; a token that is not known leaves both."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "audit.log")
        server = Server(BINARY)
        answer(server, "POST", "sys/audit/f", {
            "type": "file", "options": {"file_path": path}}, 204)
        server.insist(400, "GET", "secret/data/x",
                      headers={"X-Vault-Wrap-TTL": "soon"})
        server.insist(415, "PATCH", "secret/data/x", {},
                      headers={"Content-Type": "text/plain"})
        server.insist(403, "GET", "secret/data/y", token="hvs.unknown")
        answer(server, "GET", "sys/mounts")
        assert server.stop() == 0
        with open(path) as f:
            entries = [json.loads(line) for line in f]
        seen = [(e["type"], e["request"]["path"]) for e in entries]
        assert [s for s in seen if not s[1].startswith("sys/audit/")] == [
            ("request", "secret/data/y"), ("response", "secret/data/y"),
            ("request", "sys/mounts"), ("response", "sys/mounts")], seen
        refused = [e for e in entries
                   if e["request"]["path"] == "secret/data/y"]
        assert "permission denied" in refused[1]["error"], refused


def no_device_no_request():
    server = Server(BINARY)
    listener = subprocess.Popen(
        [sys.executable, "-c", "import socket\ns = socket.socket()\n"
         "s.bind(('127.0.0.1', 0))\ns.listen()\n"
         "print(s.getsockname()[1], flush=True)\nc = s.accept()[0]\n"
         "while c.recv(4096):\n    pass"],
        stdout=subprocess.PIPE, text=True)
    port = listener.stdout.readline().strip()
    answer(server, "POST", "sys/audit/s", {"type": "socket", "options": {
        "address": "127.0.0.1:" + port, "write_timeout": "1s"}}, 204)
    listener.kill()
    listener.wait()
    listener.stdout.close()
    for _ in range(3):  # the first writes may still go into the buffer
        status, _, text = server.ask("GET", "secret/data/a")
    assert status == 500 and "internal error" in text, text
    assert server.ask("GET", "sys/health")[0] == 200
    assert server.stop() == 0


def broken_configurations():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "c.hcl")
        for text, want in (
                ('storage "inmem" {}\nlistener "tcp" {', "At 2:"),
                ('storage "odd" {}\n' + LISTENER, "Unknown storage type odd"),
                (LISTENER, "A storage backend must be specified"),
                ('storage "inmem" {}\nseal "odd" {}\n', "Unknown KMS type")):
            with open(path, "w") as f:
                f.write(text)
            done = subprocess.run([BINARY, "server", "-config", path],
                                  capture_output=True, text=True, timeout=60)
            assert done.returncode == 1 and want in (
                done.stdout + done.stderr), (text, done)


TESTS = [full_disk, file_storage, raft_storage, step_down,
         raft_challenges_are_few_a_second, who_has_nothing_to_do_sleeps,
         bootstrap_by_hand, few_files_may_be_open, autopilot_settings,
         autopilot_state, auto_unseal, audit_file,
         refused_requests_in_the_audit_log,
         no_device_no_request, broken_configurations]


sys.exit(run(TESTS))
