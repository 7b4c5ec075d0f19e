#!/usr/bin/env python3
"""vault.py BINARY: the vault command against this server, as a shell runs it.
Closes with 'N passed, N failed'."""
import contextlib
import gzip
import hashlib
import io
import json
import os
import pty
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import termios
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from server import Server  # noqa: E402
from suite import run, same  # noqa: E402

BINARY = os.path.abspath(sys.argv[1])
RAFT = """
storage "raft" {
  path = "@HOME@"
  node_id = "n1"
}
listener "tcp" {
  address = "127.0.0.1:0"
  tls_disable = true
}
api_addr = "http://127.0.0.1:8200"
cluster_addr = "http://127.0.0.1:8201"
disable_mlock = true
"""


class Shell:
    """A folder, a home in it, and `vault` on PATH."""

    def __init__(self, address=None, token=None, **env):
        self.folder = tempfile.mkdtemp(prefix="mockvault-")
        os.mkdir(os.path.join(self.folder, "bin"))
        os.symlink(BINARY, os.path.join(self.folder, "bin", "vault"))
        self.home = os.path.join(self.folder, "home")
        os.mkdir(self.home)
        self.env = {"PATH": os.path.join(self.folder, "bin") + ":" +
                    os.environ["PATH"], "HOME": self.home, **env}
        if address:
            self.env["VAULT_ADDR"] = address
        if token:
            self.env["VAULT_TOKEN"] = token

    def __enter__(self):
        return self

    def __exit__(self, *what):
        shutil.rmtree(self.folder)

    def run(self, line, text="", **env):
        """(status, standard output, standard error) of a line of sh."""
        around = {**self.env, **env}
        done = subprocess.run(
            ["sh", "-c", line], input=text, capture_output=True, text=True,
            timeout=60, cwd=self.folder,
            env={k: v for k, v in around.items() if v is not None})
        return done.returncode, done.stdout, done.stderr

    def out(self, line, text="", **env):
        """Standard output of a line that succeeds and says nothing else."""
        status, out, err = self.run(line, text, **env)
        assert (status, err) == (0, ""), (line, status, out, err)
        return out

    def fails(self, line, status, err, **env):
        got = self.run(line, **env)
        same((got[0], got[2]), (status, err))

    def path(self, name):
        return os.path.join(self.folder, name)


@contextlib.contextmanager
def dev(*args):
    server = Server(BINARY, *args)
    try:
        with Shell(server.url, "root") as shell:
            yield shell
    finally:
        server.stop()


@contextlib.contextmanager
def raft():
    """A cluster of one node with one key share."""
    server = Server(BINARY, config=RAFT)
    try:
        with Shell(server.url) as shell:
            made = json.loads(shell.out(
                "vault operator init -key-shares=1 -key-threshold=1 "
                "-format=json"))
            shell.key = made["unseal_keys_b64"][0]
            shell.out("vault operator unseal " + shell.key)
            shell.env["VAULT_TOKEN"] = made["root_token"]
            yield shell
    finally:
        server.stop()


def unpack(path):
    with gzip.open(path) as f:
        archive = tarfile.open(fileobj=io.BytesIO(f.read()))
        return {m.name: archive.extractfile(m).read()
                for m in archive.getmembers()}


def pack(path, files):
    with tarfile.open(path, "w:gz", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


def test_snapshot_goes_out_and_comes_in():
    with raft() as shell:
        shell.out("vault secrets enable -version=2 -path=kv kv")
        shell.out("vault kv put kv/a x=before")
        same(shell.out("vault operator raft snapshot save s.snap"), "")
        files = unpack(shell.path("s.snap"))
        same(list(files), ["meta.json", "state.bin", "SHA256SUMS",
                           "SHA256SUMS.sealed"])
        for line in files["SHA256SUMS"].decode().splitlines():
            digest, name = line.split("  ")
            same(hashlib.sha256(files[name]).hexdigest(), digest)
        meta = json.loads(files["meta.json"])
        same((meta["ID"], meta["Size"], meta["Version"]),
             ("bolt-snapshot", len(files["state.bin"]), 1))
        same(meta["Configuration"]["Servers"],
             [{"Suffrage": 0, "ID": "n1", "Address": "127.0.0.1:8201"}])
        shell.out("vault kv put kv/a x=after")
        shell.out("vault kv put kv/b x=1")
        same(shell.out("vault operator raft snapshot restore s.snap"), "")
        same(shell.out("vault kv get -field=x kv/a"), "before")
        same(shell.run("vault kv get kv/b")[0], 2)
        # Whoever packs the same files again has the same snapshot.
        pack(shell.path("again.snap"), files)
        shell.out("vault kv put kv/a x=after")
        shell.out("vault operator raft snapshot restore again.snap")
        same(shell.out("vault kv get -field=x kv/a"), "before")


def refused(shell, name, text):
    shell.fails(
        "vault operator raft snapshot restore -force " + name, 2,
        "Error installing the snapshot: Error making API request.\n\n"
        "URL: POST %s/v1/sys/storage/raft/snapshot-force\n"
        "Code: 500. Errors:\n\n* 1 error occurred:\n\t* %s\n\n\n" %
        (shell.env["VAULT_ADDR"], text))


def test_snapshot_that_is_broken():
    with raft() as shell:
        shell.out("vault operator raft snapshot save s.snap")
        files = unpack(shell.path("s.snap"))
        with open(shell.path("text"), "w") as f:
            f.write("no snapshot at all")
        refused(shell, "text",
                "failed to decompress snapshot: gzip: invalid header")
        with open(shell.path("s.snap"), "rb") as f:
            whole = f.read()
        with open(shell.path("cut"), "wb") as f:
            f.write(whole[:len(whole) // 2])
        refused(shell, "cut", "failed to read snapshot file: failed reading "
                "snapshot: unexpected EOF")
        pack(shell.path("more"), {**files, "x": b"1"})
        refused(shell, "more", "failed to read snapshot file: unexpected "
                'file "x" in snapshot')
        pack(shell.path("other"), {**files, "state.bin": b"x"})
        refused(shell, "other", "failed to read snapshot file: failed "
                "checking integrity of snapshot: hash check failed for "
                '"state.bin"')
        entry = b"\x0a\x01k\x12\x01v"
        state = bytes([len(entry)]) + entry
        sums = "".join("%s  %s\n" % (hashlib.sha256(x).hexdigest(), n)
                       for n, x in (("meta.json", files["meta.json"]),
                                    ("state.bin", state)))
        pack(shell.path("vault"), {**files, "state.bin": state,
                                   "SHA256SUMS": sums.encode()})
        refused(shell, "vault", "failed to read snapshot file: its state is "
                "not one of mockvault's")


def test_snapshot_of_other_keys():
    with raft() as one, raft() as other:
        one.out("vault secrets enable -path=kv kv")
        one.out("vault operator raft snapshot save s.snap")
        shutil.copy(one.path("s.snap"), other.path("s.snap"))
        same(other.run("vault operator raft snapshot restore s.snap")[2],
             "Error installing the snapshot: Error making API request.\n\n"
             "URL: POST %s/v1/sys/storage/raft/snapshot\n"
             "Code: 400. Errors:\n\n* could not verify hash file, possibly "
             "the snapshot is using a different set of unseal keys; use the "
             "snapshot-force API to bypass this check\n" %
             other.env["VAULT_ADDR"])
        other.out("vault operator raft snapshot restore -force s.snap")
        same(other.run("vault status")[0], 2)
        same(other.run("vault operator unseal " + other.key)[0], 2)
        other.out("vault operator unseal " + one.key)
        other.env["VAULT_TOKEN"] = one.env["VAULT_TOKEN"]
        assert "kv/" in other.out("vault secrets list")


def test_snapshot_inspect():
    with raft() as shell:
        shell.out("vault operator raft snapshot save s.snap")
        state = unpack(shell.path("s.snap"))["state.bin"]
        meta = json.loads(unpack(shell.path("s.snap"))["meta.json"])
        size = len(state) - 2
        out = shell.out("vault operator raft snapshot inspect s.snap")
        same(out.splitlines(), [
            " ID           bolt-snapshot",
            " Size         %d" % meta["Size"],
            " Index        %d" % meta["Index"],
            " Term         3",
            " Version      1",
            "",
            "",
            " Key Name             Count      Size",
            " ----                 ----       ----",
            " mockvault/state      1          %s" % kib(size),
            " ----                 ----",
            " Total Size                   %s" % kib(size)])
        out = json.loads(shell.out(
            "vault operator raft snapshot inspect -depth=1 -format=json "
            "s.snap"))
        same(out, {"Meta": {"ID": "bolt-snapshot", "Size": meta["Size"],
                            "Index": meta["Index"], "Term": 3, "Version": 1},
                   "StatsKV": [{"Name": "mockvault", "Count": 1,
                                "Size": size}],
                   "TotalCountKV": 1, "TotalSizeKV": size})
        same(json.loads(shell.out(
            "vault operator raft snapshot inspect -details=false "
            "-format=json s.snap"))["StatsKV"], None)
        shell.fails("vault operator raft snapshot inspect", 1,
                    "Missing FILE argument\n")
        shell.fails("vault operator raft snapshot inspect nosuch", 1,
                    "Error opening snapshot file: open nosuch: no such file "
                    "or directory\n")
        shell.fails("vault operator raft snapshot inspect -depth=-1 s.snap",
                    1, "Depth must be equal to or greater than 0\n")
        shell.fails("vault operator raft snapshot inspect /etc/passwd", 1,
                    "Error reading snapshot: failed to decompress snapshot: "
                    "gzip: invalid header\n")


def test_init_with_what_is_no_pgp_key():
    server = Server(BINARY, config=RAFT)
    try:
        with Shell(server.url) as shell:
            for text, why in (
                    ("nonsense", "parsing given PGP key: unexpected EOF"),
                    ("no key", "parsing given PGP key: openpgp: invalid "
                     "data: tag byte does not have MSB set")):
                with open(shell.path("k"), "w") as f:
                    f.write(text)
                shell.fails(
                    "vault operator init -key-shares=1 -key-threshold=1 "
                    "-pgp-keys=k", 2, "Error initializing: Error making API "
                    "request.\n\nURL: PUT %s/v1/sys/init\nCode: 400. "
                    "Errors:\n\n* invalid seal configuration: error %s\n" %
                    (server.url, why))
    finally:
        server.stop()


def test_manual_and_completion_know_every_word():
    with Shell() as shell:
        page = shell.out("mockvault=$(readlink $(which vault)); "
                         "exec $mockvault man vault")
        assert page.startswith(".TH VAULT 1 "), page
        for text in (".SS vault kv metadata patch", ".B \\\\-output\\\\-policy",
                     ".B VAULT_CLIENT_TIMEOUT", ".SS vault print token"):
            assert text.replace("\\\\", "\\") in page, text
        words = shell.out("vault __complete ''")
        for word in ("kv", "read", "operator", "token"):
            assert word + "\t" in words, word
        assert "secrets\t" not in shell.out("vault __complete kv ''")
        same(shell.out("vault __complete kv get -format=j"),
             "".join("-format=%s\n" % f for f in
                     ("table", "json", "yaml", "pretty", "raw")))


def test_words_of_older_versions():
    with dev() as shell:
        old = {"MOCKVAULT_VERSION": "1.14.5"}
        lines = (
            ("vault token capabilities -accessor x secret/a", "1.16.0",
             "flag provided but not defined: -accessor"),
            ("vault token renew -fail-if-not-fulfilled", "1.19.0",
             "flag provided but not defined: -fail-if-not-fulfilled"),
            ("VAULT_HEADERS=x vault kv list secret", "1.18.0", "headers"))
        for line, since, text in lines:
            assert (text in shell.run(line, **old)[2]) != ("HEADERS" in line)
            got = shell.run(line, MOCKVAULT_VERSION=since)[2]
            assert (text in got) == ("HEADERS" in line), (line, got)
        words = shell.out("vault __complete operator raft snapshot ''", **old)
        assert "inspect" not in words and "save" in words, words
        old["MOCKVAULT_VERSION"] = "1.14.6"
        assert "inspect" in shell.out(
            "vault __complete operator raft snapshot ''", **old)


def on_terminal(shell, line, keys, wanted):
    """(status, what a terminal shows, is its echo as before) of a line whose
    prompt is answered with keys."""
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    done = subprocess.Popen(["sh", "-c", line], stdin=slave, stdout=slave,
                            stderr=slave, cwd=shell.folder, env=shell.env)
    shown = b""
    while wanted.encode() not in shown:
        shown += os.read(master, 4096)
    while termios.tcgetattr(slave)[3] & termios.ECHO:
        os.sched_yield()
    os.write(master, keys)
    status = done.wait(timeout=60)
    after = termios.tcgetattr(slave)
    os.close(slave)
    with contextlib.suppress(OSError):
        while True:
            more = os.read(master, 4096)
            if not more:
                break
            shown += more
    os.close(master)
    return status, shown.decode().replace("\r\n", "\n"), before == after


def test_prompts_show_nothing_and_can_be_interrupted():
    with dev() as shell:
        del shell.env["VAULT_TOKEN"]
        prompt = "Token (will be hidden): "
        status, shown, same_again = on_terminal(
            shell, "vault login", b"rooX\x7ft\r", prompt)
        assert "rooX" not in shown and "Success! You are now" in shown, shown
        same((status, same_again), (0, True))
        with open(os.path.join(shell.home, ".vault-token")) as f:
            same(f.read(), "root")
        status, shown, same_again = on_terminal(
            shell, "vault login", b"roo\x03", prompt)
        assert "user interrupted" in shown and "roo" not in shown, shown
        same((status, same_again), (2, True))


def test_addresses_that_cannot_be_asked():
    with Shell() as shell:
        for address, why in (
                ("http://", 'http:///v1/sys/seal-status": http: no Host in '
                 "request URL"),
                ("http://127.0.0.1:99999", "http://127.0.0.1:99999/v1/sys/"
                 'seal-status": dial tcp: address 99999: invalid port'),
                ("unix:///nosuch", 'http://localhost/v1/sys/seal-status": '
                 "dial unix /nosuch: connect: no such file or directory"),
                ("x", 'x/v1/sys/seal-status": unsupported protocol scheme '
                 '""')):
            shell.fails("vault status", 1, "Error checking seal status: Get "
                        '"%s\n' % why, VAULT_ADDR=address)


ISSUED = """
set -e
new() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "$@"; }
new -x509 -keyout ca.key -out ca.pem -subj /CN=ca
new -x509 -keyout other.key -out other.pem -subj /CN=other
new -keyout leaf.key -out leaf.csr -subj /CN=leaf
echo subjectAltName=IP:127.0.0.1 > names
openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial \\
    -extfile names -out leaf.pem
"""
MUTUAL = """
storage "inmem" {}
listener "tcp" {
  address = "127.0.0.1:0"
  tls_cert_file = "@DIR@/leaf.pem"
  tls_key_file = "@DIR@/leaf.key"
  tls_require_and_verify_client_cert = true
  tls_client_ca_file = "@DIR@/leaf.pem"
}
disable_mlock = true
"""


def test_issued_certificate_is_its_own_authority():
    """On both sides, as Go's pools have it."""
    with Shell() as shell:
        status, _, err = shell.run(ISSUED)
        same(status, 0)
        server = Server(BINARY, config=MUTUAL.replace("@DIR@", shell.folder))
        try:
            line = ("vault status -client-cert=leaf.pem -client-key=leaf.key "
                    "-ca-cert=")
            shell.env["VAULT_ADDR"] = server.url
            for authority in "leaf.pem", "ca.pem":
                status, out, err = shell.run(line + authority)
                same((status, err), (2, ""))
                assert "Initialized" in out, out
            shell.fails(line + "other.pem", 1, "Error checking seal status: "
                        'Get "%s/v1/sys/seal-status": tls: failed to verify '
                        "certificate: x509: certificate signed by unknown "
                        "authority\n" % server.url)
        finally:
            server.stop()


def answering(answer):
    """The port of a server that says this to whoever asks, and closes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            asking = listener.accept()[0]
            with asking, contextlib.suppress(OSError):
                asking.recv(65536)
                asking.sendall(answer)
    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


def test_answers_with_many_headers():
    """They are read in time that grows with them, up to a limit."""
    head = b"HTTP/1.1 404 Not Found\r\n%sContent-Length: 0\r\n\r\n"
    with Shell() as shell:
        for n, status, says in (
                (100000, 2, "No value found at secret/a\n"),
                (300000, 2, "net/http: server response headers exceeded "
                 "1048576 bytes; aborted\n")):
            got, out, err = shell.run(
                "vault read secret/a", VAULT_MAX_RETRIES="0",
                VAULT_ADDR="http://127.0.0.1:%d" % answering(
                    head % (b"X: y\r\n" * n)))
            same((got, out), (status, ""))
            assert err.endswith(says), err


def kib(n):
    return ("%.1f" % (n / 1024)).removesuffix(".0") + "KB"


if __name__ == "__main__":
    sys.exit(run([v for k, v in sorted(globals().items())
                  if k.startswith("test_")]))
