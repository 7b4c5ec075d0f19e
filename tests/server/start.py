#!/usr/bin/env python3
"""start.py BINARY: the program from outside: words, flags, environment, token
file, exit statuses, the setup page's health check. Closes with
'N passed, N failed'."""
import base64
import json
import os
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from server import Server  # noqa: E402
from suite import run  # noqa: E402

BINARY = os.path.abspath(sys.argv[1])


def started(*args, env=None, program=BINARY):
    return Server(program, *args, plain=True, env=env)


def once(*args, env=None):
    done = subprocess.run([BINARY, *args], capture_output=True, text=True,
                          timeout=60, env={"PATH": os.environ["PATH"],
                                           **(env or {})})
    return done.returncode, done.stdout, done.stderr


def curl(*args):
    done = subprocess.run(["curl", "-s", *args], capture_output=True,
                          text=True, check=True)
    return done.stdout


LOCAL = "-dev-listen-address=127.0.0.1:0"


def words():
    for word in ("version", "-version", "--version", "-v"):
        status, out, _ = once(word)
        assert status == 0 and out.startswith("Vault v1.19.5 ("), out
    status, out, err = once("fly")
    assert status == 127 and "Usage" in err and not out
    assert once("--help")[0] == 0
    assert "sys/health" in once("routes")[1]
    assert "dev-root-token-id" in once("man")[1]


def standard_files_that_are_closed():
    """What the server opens is not taken for them."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "look.sh"), "w") as f:
            f.write("for i in 0 1 2; do readlink /proc/$PPID/fd/$i; done "
                    ">%s/seen\nexit 1\n" % folder)
        done = subprocess.run(
            ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", BINARY, "server",
             "-dev", LOCAL, "-dev-no-store-token", "-init-dir=" + folder,
             "-db=%s/state.db" % folder], timeout=60)
        with open(os.path.join(folder, "seen")) as f:
            seen = f.read().split()
    assert (done.returncode, seen) == (1, ["/dev/null"] * 3), (done, seen)


def a_file_without_end():
    status, _, err = once("server", "-dev", LOCAL, "-fixtures=/dev/zero")
    assert (status, err) == (1, "/dev/zero: larger than allowed\n"), err


def wrong_flags():
    for args, says in ((["-nope"], "not defined: -nope"),
                       (["-dev", "--seed", "x"], "seed"),
                       (["-dev", "-vault-version=1.x"], "1.x"),
                       (["-config=/nothing.hcl"], "/nothing.hcl"),
                       (["-dev", "-dev-listen-address=nowhere"], "nowhere"),
                       ([], "config")):
        status, _, err = once("server", *args)
        assert status == 1 and says in err, (args, status, err)


def environment():
    server = started("-dev", env={"VAULT_DEV_ROOT_TOKEN_ID": "env-root",
                           "VAULT_DEV_LISTEN_ADDRESS": "127.0.0.1:0",
                           "MOCKVAULT_VERSION": "1.18.2"})
    assert server.line("Root Token:") == "Root Token: env-root"
    assert json.loads(curl(server.url + "/v1/sys/health"))["version"] == "1.18.2"
    server.stop()


def token_file():
    server = started("-dev", LOCAL, "-dev-root-token-id=mine")
    with open(server.token_file()) as f:
        assert f.read() == "mine"
    assert os.stat(server.token_file()).st_mode & 0o777 == 0o600
    server.stop()
    server = started("-dev", LOCAL, "-dev-no-store-token")
    assert not os.path.exists(server.token_file())
    token = server.line("Root Token:").split()[-1]
    assert token.startswith("hvs.") and len(token) == 28, token
    server.stop()


def called_vault():
    with tempfile.TemporaryDirectory() as folder:
        vault = os.path.join(folder, "vault")
        os.symlink(BINARY, vault)
        server = started("-dev", LOCAL, "-dev-no-store-token", program=vault)
        assert server.line("Unseal Key:")
        server.stop()


def kv_flags():
    server = started("-dev", LOCAL, "-dev-kv-v1", "-dev-root-token-id=root",
              "-dev-no-store-token")
    mounts = json.loads(curl("-H", "X-Vault-Token: root",
                             server.url + "/v1/sys/mounts"))
    assert mounts["secret/"]["options"] == {"version": "1"}, mounts
    server.stop()


def signals():
    for how in (signal.SIGTERM, signal.SIGINT):
        server = started("-dev", LOCAL, "-dev-no-store-token")
        server.process.send_signal(signal.SIGHUP)
        server.process.send_signal(signal.SIGPIPE)
        assert '"sealed":false' in curl(server.url + "/v1/sys/health")
        status = server.stop(how)
        assert status == 0, status
        assert any("Vault shutdown triggered" in x for x in server.lines)


def address_in_use():
    server = started("-dev", LOCAL, "-dev-no-store-token")
    status, _, err = once("server", "-dev", "-dev-no-store-token",
                          "-dev-listen-address=" + server.url[len("http://"):])
    assert status == 1 and "address already in use" in err, err
    server.stop()


def state_in_a_file():
    with tempfile.TemporaryDirectory() as folder:
        args = ("-dev", LOCAL, "-dev-no-store-token", "--db",
                os.path.join(folder, "state.db"))
        server = started(*args)
        token = server.line("Root Token:").split()[-1]
        header = "X-Vault-Token: " + token
        curl("-H", header, "-d", '{"data":{"k":"v"}}',
             server.url + "/v1/secret/data/a")
        curl("-H", header, "-d", '{"type":"kv"}', server.url +
             "/v1/sys/mounts/more")
        server.stop()
        server = started(*args)
        assert server.line("Root Token:").split()[-1] == token
        assert '"k":"v"' in curl("-H", header, server.url + "/v1/secret/data/a")
        assert '"more/"' in curl("-H", header, server.url + "/v1/sys/mounts")
        server.stop()


def wrong_fixtures():
    for text, says in (('{"kv": {"secret/a": {"x": "{{es257}}"}}}', "es257"),
                       ('{\n"mount": {}\n}', ":2"),
                       ('{"tokens": [{"ttl": "soon"}]}', "ttl"),
                       ('{"database": {"db/config/x": {}}}', "database."),
                       ('{', "f.json")):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "f.json")
            with open(path, "w") as f:
                f.write(text)
            status, _, err = once("server", "-dev", LOCAL,
                                  "-dev-no-store-token", "--fixtures", path)
            assert status == 1 and says in err and path in err, (text, err)


def platform_kernel():
    fixtures = os.path.join(os.path.dirname(__file__), "..", "..", "fixtures",
                            "platform-kernel.json")
    args = ("-dev", LOCAL, "-dev-no-store-token", "-dev-root-token-id=root",
            "--seed", "7", "--fixtures", fixtures)
    keys = []
    for _ in range(2):
        server = started(*args)

        def read(path):
            return json.loads(curl("-H", "X-Vault-Token: root",
                                   server.url + "/v1/" + path))["data"]
        keys.append(read("secret/data/platform/iam/jwt-keys"))
        old = read("secret/data/platform/iam/jwt-keys?version=1")
        assert keys[-1]["metadata"]["version"] == 2
        assert old["data"] != keys[-1]["data"]
        for path in ("iam/jwt-keys", "iam/oidc-rsa-key"):
            pair = read("secret/data/platform/" + path)["data"]
            public = subprocess.run(
                ["openssl", "pkey", "-pubout"], capture_output=True,
                input=base64.b64decode(pair["private_key"]),
                check=True).stdout
            assert public == base64.b64decode(pair["public_key"]), path
        mfa = read("secret/data/platform/iam/mfa-key")["data"]["key"]
        assert len(base64.b64decode(mfa)) == 32
        cert = read("secret/data/platform/domains/example.com/cert")["data"]
        text = json.dumps(cert)
        assert "BEGIN CERTIFICATE" in text or "LS0tLS1CRUdJTi" in text
        user = read("database/creds/platform-db-role")["username"]
        assert user.startswith("v-token-platform-"), user
        policies = read("sys/policies/acl?list=true")["keys"]
        assert {"platform-iam", "platform-domain-resolver",
                "platform-services", "jwt-rotation-job"} <= set(policies)
        server.stop()
    assert keys[0]["data"] == keys[1]["data"]


def the_setup_pages_health_check():
    server = started("-dev", LOCAL, "-dev-no-store-token")
    url = server.url + "/v1/sys/health"
    subprocess.run(["wget", "-q", "--spider", url], check=True)
    shown = subprocess.run(["sh", "-c", "curl -s %s | python3 -m json.tool"
                            % url], capture_output=True, text=True,
                           check=True).stdout
    assert '    "initialized": true,\n    "sealed": false,' in shown, shown
    server.stop()


TESTS = [words, standard_files_that_are_closed,
         a_file_without_end, wrong_flags, environment, token_file, called_vault, kv_flags,
         signals, address_in_use, state_in_a_file, wrong_fixtures, platform_kernel,
         the_setup_pages_health_check]


sys.exit(run(TESTS))
