#!/usr/bin/env python3
"""The image's root file system as compose, Kubernetes and CI services run it:
rootfs.py ROOTFS. Needs root for namespaces; the server has no rights at all."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import setup_page  # noqa: E402
from support import suite  # noqa: E402
from support.container import Container, poll  # noqa: E402
from support.suite import same  # noqa: E402

SIZE_MAX = 10 * 1000 * 1000
TOKEN = "kernel-dev-root-token"
COMPOSE = {"VAULT_DEV_ROOT_TOKEN_ID": TOKEN,
           "VAULT_DEV_LISTEN_ADDRESS": "0.0.0.0:8200"}
HEALTH = "http://127.0.0.1:8200/v1/sys/health"
ROOTFS = None


def compose(*command, env=None, **more):
    return Container(ROOTFS, *(command or ("server", "-dev")),
                     env=dict(COMPOSE, **(env or {})), **more)


# ---- what is in it ----

def small():
    size = sum(p.lstat().st_size for p in pathlib.Path(ROOTFS).rglob("*")
               if p.is_file() and not p.is_symlink())
    assert size <= SIZE_MAX, size


def links_lead_somewhere():
    for path in pathlib.Path(ROOTFS).rglob("*"):
        if path.is_symlink() and "run" not in path.parts:
            assert path.exists(), path


def hardened():
    binary = os.path.join(ROOTFS, "bin/mockvault")
    text = subprocess.run(["readelf", "-hlW", binary], check=True,
                          capture_output=True, text=True).stdout
    assert re.search(r"Type:\s+DYN", text), "not position-independent"
    assert "INTERP" not in text, "not static"
    assert "GNU_RELRO" in text
    assert re.search(r"GNU_STACK.* RW ", text), "executable stack"


def licences():
    folder = pathlib.Path(ROOTFS) / "usr/share/licenses"
    for name in ("mockvault/LICENSE", "busybox-static/copyright", "GPL-2.gz",
                 "libssl-dev/copyright", "libc6-dev/copyright"):
        assert (folder / name).stat().st_size > 500, name


# ---- the image made of it ----

def image_archive():
    """What `docker load` takes: its settings and the members of its layer."""
    path, = pathlib.Path(ROOTFS).parent.glob("mockvault-*.tar")
    with tarfile.open(path) as image:
        manifest, = json.load(image.extractfile("manifest.json"))
        settings = json.load(image.extractfile(manifest["Config"]))
        layer, = manifest["Layers"]
        with tarfile.open(fileobj=image.extractfile(layer)) as files:
            return manifest, settings, files.getmembers()


def image_settings():
    manifest, settings, _ = image_archive()
    assert manifest["RepoTags"][0].endswith("mockvault:latest"), manifest
    same(settings["os"], "linux")
    same(settings["architecture"] in ("amd64", "arm64"), True)
    config = settings["config"]
    same(config["User"], "100:1000")
    same(sorted(config["ExposedPorts"]), ["8200/tcp", "8299/tcp"])
    same(config["Entrypoint"], ["/usr/local/bin/docker-entrypoint.sh"])
    same(config["Cmd"], ["server", "-dev"])
    for wanted in ("VAULT_ADDR=http://127.0.0.1:8200",
                   "MOCKVAULT_ADMIN_ADDR=0.0.0.0:8299"):
        assert wanted in config["Env"], config["Env"]
    same(config["Healthcheck"]["Test"],
         ["CMD", "/bin/mockvault", "healthcheck"])
    same(config["Healthcheck"]["Interval"], 10 ** 9)
    labels = config["Labels"]
    version = subprocess.run([ROOTFS + "/bin/mockvault", "version"],
                             capture_output=True, text=True).stdout
    assert "v%s " % labels["io.mockvault.vault-version"] in version
    own = subprocess.run([ROOTFS + "/bin/mockvault", "man"],
                         capture_output=True, text=True).stdout
    assert '"mockvault %s"' % labels["org.opencontainers.image.version"] in own
    assert re.fullmatch("[0-9a-f]{40}|unknown",
                        labels["org.opencontainers.image.revision"]), labels
    assert labels["org.opencontainers.image.licenses"], labels
    assert "org.opencontainers.image.source" in labels


def image_layer():
    """The root file system and nothing else, root's, writable where it must."""
    _, _, members = image_archive()
    files = {"/" + m.name.strip("/"): m for m in members}
    wanted = {"/" + str(p.relative_to(ROOTFS))
              for p in pathlib.Path(ROOTFS).rglob("*")}
    same(wanted - set(files), set())
    same(set(files) - wanted - {"/"}, set())
    same({(m.uid, m.gid) for m in members}, {(0, 0)})
    for path in ("/tmp", "/vault/data", "/home/vault"):
        same(oct(files[path].mode & 0o7777), "0o1777")
    same([p for p, m in files.items() if m.mode & 0o6000], [])


# ---- as the setup page's compose file starts it ----

def compose_health_check():
    with compose() as c:
        c.wait_ready()
        same(c.exec("wget", "-q", "--spider", HEALTH)[0], 0)
        same(c.exec("wget", "-q", "-O", "-", HEALTH + "?standbyok=true")[0], 0)
        status, text = c.curl("-H", "X-Vault-Token: " + TOKEN,
                              "http://127.0.0.1:8200/v1/auth/token/lookup-self")
        same(status, 200)
        same(json.loads(text)["data"]["id"], TOKEN)


def banner_that_people_wait_for():
    with compose() as c:
        c.wait_ready()
        out = c.stdout()
        for text in ("==> Vault server started! Log data will stream in below:",
                     "Root Token: " + TOKEN,
                     "Development mode should NOT be used in production"):
            assert text in out, out


def healthcheck_stays_green_under_an_outage():
    with compose() as c:
        c.wait_ready()
        same(c.exec("mockvault", "ctl", "outage", "sealed")[0], 0)
        same(c.exec("wget", "-q", "--spider", HEALTH)[0], 1)
        same(c.exec("/bin/mockvault", "healthcheck")[0], 0)


def healthcheck_finds_another_port():
    with compose(env={"MOCKVAULT_ADMIN_ADDR": "0.0.0.0:9000"}) as c:
        c.wait_ready()


def nobody_answers():
    with compose("sleep", "60") as c:
        c.pid()
        same(c.exec("/bin/mockvault", "healthcheck")[0], 1)


# ---- users and a root that cannot be written ----

def any_user():
    for user in ("100:1000", "1000660000:0", "65534:65534", "0:0"):
        with compose(user=user) as c:
            c.wait_ready()
            status, out, _ = c.exec("sh", "-c", "id -u; touch /x 2>&1; true")
            same(out.split("\n")[0], user.split(":")[0])
            assert "Read-only" in out, out


def token_file_where_it_can_be_written():
    with compose(read_only=False, user="1000660000:0") as c:
        c.wait_ready()
        same(c.exec("cat", "/home/vault/.vault-token")[1], TOKEN)


def no_home():
    with compose(env={"HOME": "/nowhere"}) as c:
        c.wait_ready()


# ---- the end ----

def ends_at_once():
    for number in (15, 2):
        with compose() as c:
            c.wait_ready()
            status, seconds = c.stop(number)
            same(status, 0)
            assert seconds < 2, seconds
            assert "==> Vault shutdown triggered" in c.stdout()


def ends_under_a_stalled_request():
    rule = {"match": {"path": "secret/**"}, "then": [{"delay": "60s"}]}
    with compose() as c:
        c.wait_ready()
        same(c.exec("mockvault", "ctl", "fault", "add", json.dumps(rule))[0], 0)
        stalled = subprocess.Popen(c.net(
            "curl", "-s", "-m", "50", "-H", "X-Vault-Token: " + TOKEN,
            "http://127.0.0.1:8200/v1/secret/data/app"))
        requests = ("http://127.0.0.1:8299/_mock/metrics",)
        poll(lambda: "in_flight 1" in c.curl(*requests)[1] or
             b":2008 " in open("/proc/%d/net/tcp" % c.pid(), "rb").read())
        half = socketless_head(c)
        status, seconds = c.stop()
        same(status, 0)
        assert seconds < 2, seconds
        stalled.wait()
        half.kill()
        half.wait()


def socketless_head(c):
    """Half a request, and then nothing."""
    nc = subprocess.Popen(
        c.exec_args(["nc", "127.0.0.1", "8200"]), stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL)
    nc.stdin.write(b"GET /v1/sys/health HTTP/1.1\r\nHost")
    nc.stdin.flush()
    return nc


def buries_orphans():
    with compose() as c:
        c.wait_ready()
        same(c.exec("sh", "-c",
                    "for i in 1 2 3 4 5; do (sh -c 'exec true' & ) & done")[0],
             0)

        def no_zombie():
            children = []
            for entry in os.listdir("/proc/%d/root/proc" % c.pid()):
                if entry.isdigit():
                    try:
                        with open("/proc/%d/root/proc/%s/stat" % (
                                c.pid(), entry)) as f:
                            children.append(f.read().split(")")[1].split()[0])
                    except OSError:
                        pass
            return "Z" not in children
        poll(no_zombie)


def buries_what_a_script_leaves():
    with compose(files={"/mockvault/init.d/1.sh":
                        "(sh -c 'exec true' &)\nsh -c 'exec true' &\n"}) as c:
        c.wait_ready()
        poll(lambda: len(c.exec("sh", "-c", "echo /proc/[0-9]*")[1].split())
             == 2)


# ---- what people execute in it ----

def executed_commands():
    """As Testcontainers' modules and `docker exec` do: words joined by &&."""
    with compose(env={"VAULT_TOKEN": TOKEN,
                      "VAULT_ADDR": "http://0.0.0.0:8200"}) as c:
        c.wait_ready()
        status, out, err = c.exec(
            "/bin/sh", "-c", "vault secrets enable transit && "
            "vault write -f transit/keys/my-key && "
            "vault kv put secret/testing1 top_secret=password123")
        same((status, err), (0, ""))
        same(c.exec("vault", "kv", "get", "-field=top_secret",
                    "secret/testing1")[1], "password123")
        status, _, err = c.exec("/bin/sh", "-c",
                                "vault secrets enable transit && vault status")
        same(status, 2)
        assert "path is already in use at transit/" in err, err
        same(c.exec("vault", "kv", "put", "secret/piped", "k=-",
                    stdin="from a pipe")[0], 0)
        same(c.exec("vault", "read", "-field=data", "secret/data/piped")[1],
             "map[k:from a pipe]")
        same(c.exec("vault", "no-such-command")[0], 127)


# ---- vault-helm ----

HELM_DEV = ("/bin/sh", "-ec",
            "/usr/local/bin/docker-entrypoint.sh vault server -dev \n")
HELM_SERVER = ("/bin/sh", "-ec", """cp /vault/config/extraconfig.hcl /tmp/storageconfig.hcl;
[ -n "${HOST_IP}" ] && sed -Ei "s|HOST_IP|${HOST_IP?}|g" /tmp/storageconfig.hcl;
[ -n "${POD_IP}" ] && sed -Ei "s|POD_IP|${POD_IP?}|g" /tmp/storageconfig.hcl;
[ -n "${HOSTNAME}" ] && sed -Ei "s|HOSTNAME|${HOSTNAME?}|g" /tmp/storageconfig.hcl;
/usr/local/bin/docker-entrypoint.sh vault server -config=/tmp/storageconfig.hcl
""")
HELM_ENV = {"SKIP_CHOWN": "true", "SKIP_SETCAP": "true",
            "HOME": "/home/vault", "POD_IP": "127.0.0.1",
            "VAULT_API_ADDR": "http://127.0.0.1:8200"}
HELM_CONFIG = """ui = true
listener "tcp" {
  tls_disable = 1
  address = "[::]:8200"
  cluster_address = "[::]:8201"
}
storage "file" {
  path = "/vault/data"
}
"""
READY = "/v1/sys/health?standbyok=true&sealedcode=204&uninitcode=204"


def helm_dev():
    env = dict(HELM_ENV, VAULT_DEV_ROOT_TOKEN_ID="root",
               VAULT_DEV_LISTEN_ADDRESS="[::]:8200")
    with Container(ROOTFS, env=env, entrypoint=HELM_DEV) as c:
        c.wait_ready()
        same(c.curl("http://127.0.0.1:8200" + READY)[0], 200)
        helm_readiness(c, 0)
        helm_pre_stop(c)


def helm_standalone():
    with Container(ROOTFS, env=HELM_ENV, entrypoint=HELM_SERVER,
                   read_only=False,
                   files={"/vault/config/extraconfig.hcl": HELM_CONFIG}) as c:
        c.wait_ready()
        same(c.curl("http://127.0.0.1:8200" + READY)[0], 204)
        helm_readiness(c, 2)
        helm_pre_stop(c)


def helm_readiness(c, want):
    got = c.exec("/bin/sh", "-ec", "vault status -tls-skip-verify")
    same(got[0], want)


def helm_pre_stop(c):
    """The end of process 1 is the end of whoever told it to stop, too."""
    assert c.exec("/bin/sh", "-c", "sleep 0 && kill -SIGTERM $(pidof vault)"
                  )[0] in (0, -9)
    same(c.wait(), 0)


# ---- the entrypoint ----

def entrypoint_words():
    for command, wanted in (
            (("version",), "Vault v1.19.5"),
            (("-version",), "Vault v1.19.5"),
            (("vault", "version"), "Vault v1.19.5"),
            (("ctl", "-help"), "Usage: mockvault ctl"),
            (("sh", "-c", "echo $((6 * 7))"), "42"),
            (("cat", "/etc/passwd"), "vault:x:100:1000")):
        with compose(*command) as c:
            same(c.wait(), 0)
            assert wanted in c.stdout(), (command, c.log())


def entrypoint_unknown_word():
    with compose("no-such-command") as c:
        same(c.wait(), 127)


def default_listens_on_every_address():
    with Container(ROOTFS, "server", "-dev") as c:
        c.wait_ready()
        same(c.curl("http://192.0.2.1:8200/v1/sys/health")[0], 200)


def own_dev_arguments_come_last():
    with compose("server", "-dev", "-dev-root-token-id=mine",
                 "-dev-listen-address=0.0.0.0:9999") as c:
        c.wait_ready()
        same(c.curl("-H", "X-Vault-Token: mine",
                    "http://127.0.0.1:9999/v1/sys/mounts")[0], 200)


def local_config_beside_dev_mode():
    """A TLS listener on 8200 by configuration, dev mode pushed aside."""
    folder = pathlib.Path(ROOTFS).parent / "tls"
    folder.mkdir(exist_ok=True)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-keyout", folder / "key.pem", "-out",
         folder / "cert.pem"], check=True, stderr=subprocess.DEVNULL)
    files = {"/vault/tls/" + name: (folder / name).read_text()
             for name in ("cert.pem", "key.pem")}
    config = {"listener": [{"tcp": {
        "address": "0.0.0.0:8200", "tls_disable": "false",
        "tls_cert_file": "/vault/tls/cert.pem",
        "tls_key_file": "/vault/tls/key.pem"}}], "disable_mlock": True}
    env = {"VAULT_LOCAL_CONFIG": json.dumps(config),
           "VAULT_DEV_LISTEN_ADDRESS": "0.0.0.0:9999"}
    with compose(env=env, files=files) as c:
        c.wait_ready()
        same(c.curl("https://127.0.0.1:8200/v1/sys/health")[0], 200)
        same(c.curl("http://127.0.0.1:9999/v1/sys/health")[0], 200)


def local_config_alone():
    for text in ('{"storage": {"inmem": {}}, "listener": {"tcp": {"address": '
                 '"0.0.0.0:8200", "tls_disable": true}}}',
                 'storage "inmem" {}\nlistener "tcp" {\n'
                 '  address = "0.0.0.0:8200"\n  tls_disable = 1\n}\n'):
        with compose("server", env={"VAULT_LOCAL_CONFIG": text}) as c:
            c.wait_ready()
            same(c.curl("http://127.0.0.1:8200/v1/sys/health")[0], 501)


def config_folder():
    with compose("server", files={"/vault/config/a.hcl": HELM_CONFIG},
                 env={"VAULT_DEV_LISTEN_ADDRESS": ""}, read_only=False) as c:
        c.wait_ready()
        same(c.curl("http://127.0.0.1:8200/v1/sys/health")[0], 501)


# ---- seeding ----

def fixtures_folder():
    text = json.dumps({"kv": {"secret/app": {"k": "v"}}})
    for command in (("server", "-dev"), ("vault", "server", "-dev")):
        with compose(*command,
                     files={"/mockvault/fixtures/a.json": text}) as c:
            c.wait_ready()
            status, text_back = c.curl(
                "-H", "X-Vault-Token: " + TOKEN,
                "http://127.0.0.1:8200/v1/secret/data/app")
            same(json.loads(text_back)["data"]["data"], {"k": "v"})


def scenarios_folder():
    text = (pathlib.Path(__file__).resolve().parent.parent.parent /
            "fixtures/scenarios/leader-crash.json").read_text()
    with compose(files={"/mockvault/scenarios/mine.json": text},
                 env={"MOCKVAULT_SCENARIO": "mine",
                      "MOCKVAULT_START": "manual"}) as c:
        c.wait_ready()


INIT = {
    "/mockvault/init.d/10-first.sh":
        "set -e\necho one; wget -q -O - --header \"X-Vault-Token: "
        "$VAULT_TOKEN\" --post-data '{\"data\":{\"k\":\"1\"}}' "
        "$VAULT_ADDR/v1/secret/data/first >/dev/null\n",
    "/mockvault/init.d/20-second.sh":
        "echo two\nwget -q -O - --header \"X-Vault-Token: $VAULT_TOKEN\" "
        "$VAULT_ADDR/v1/secret/data/first | grep -q '\"k\":\"1\"'\n"
        "mockvault ctl ready | grep -q 20-second\n"
        "command -v vault >/dev/null\n",
    "/mockvault/init.d/not-a-script.txt": "exit 1\n",
}


def init_scripts():
    with compose(files=INIT) as c:
        c.wait_ready()
        log = c.stderr()
        assert log.index("one") < log.index("two"), log
        status, text = c.curl("http://127.0.0.1:8299/_mock/ready")
        same(json.loads(text), {"ready": True, "hooks": [
            {"name": "10-first.sh", "state": "done"},
            {"name": "20-second.sh", "state": "done"}]})


def init_scripts_use_the_command():
    text = "vault kv put secret/app k=v && vault token lookup >/dev/null\n"
    with compose(files={"/mockvault/init.d/1.sh": text}) as c:
        c.wait_ready()
        same(c.exec("vault", "kv", "get", "-field=k", "secret/app",
                    env={"VAULT_TOKEN": TOKEN})[1], "v")


def init_script_that_fails():
    files = dict(INIT, **{"/mockvault/init.d/15-bad.sh":
                          "echo this went wrong >&2\nexit 3\n"})
    with compose(files=files) as c:
        same(c.wait(), 1)
        err = c.stderr()
        assert "this went wrong" in err, err
        assert ("init script /mockvault/init.d/15-bad.sh ended with status 3"
                in err), err
        assert "two" not in err, err
        assert "server started" not in c.stdout(), c.stdout()


def others_wait_for_init_scripts():
    """Nobody from another machine sees what is half prepared; at home it is
    served, for the scripts' sake."""
    files = {"/mockvault/init.d/1.sh":
             "until [ -e /tmp/go ]; do sleep 0.01; done\n"}
    with compose(files=files, read_only=False) as c:
        poll(lambda: c.curl("http://127.0.0.1:8299/_mock/ready")[0] == 503)
        same(c.exec("/bin/mockvault", "healthcheck")[0], 1)
        same(c.curl(HEALTH)[0], 200)
        other = subprocess.Popen(
            c.net("curl", "-s", "-m", "20", "-o", "/dev/null", "-w",
                  "%{http_code}", "http://192.0.2.1:8200/v1/sys/health"),
            stdout=subprocess.PIPE, text=True)
        same(c.curl(HEALTH)[0], 200)
        same(other.poll(), None)
        assert "server started" not in c.stdout()
        same(c.exec("touch", "/tmp/go")[0], 0)
        same(other.communicate()[0], "200")
        c.wait_ready()


def ends_while_a_script_runs():
    with compose(files={"/mockvault/init.d/1.sh": "sleep 60\n"}) as c:
        poll(lambda: "init script" in c.stderr())
        status, seconds = c.stop()
        same(status, 0)
        assert seconds < 2, seconds


# ---- names of hosts ----

def names_by_file():
    hosts = "127.0.0.1 localhost\n127.0.0.1 vault.test\n"
    with compose(files={"/etc/hosts": hosts}) as c:
        c.wait_ready()
        same(c.exec("mockvault", "ctl", "ready", "--url",
                    "http://vault.test:8299")[0], 0)
        same(c.exec("wget", "-q", "--spider",
                    "http://vault.test:8200/v1/sys/health")[0], 0)
        status, _, err = c.exec("mockvault", "ctl", "ready", "--url",
                                "http://nobody.test:8299")
        same(status, 2)


def names_whatever_nsswitch_says():
    """The machine's modules are of another glibc: none is loaded."""
    with compose(files={"/etc/hosts": "127.0.0.1 vault.test\n",
                        "/etc/nsswitch.conf": "hosts: mdns4 resolve\n"}) as c:
        c.wait_ready()
        same(c.exec("mockvault", "ctl", "ready", "--url",
                    "http://vault.test:8299")[0], 0)


DNS = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 53))
print("bound", flush=True)
while True:
    q, peer = s.recvfrom(512)
    end = q.index(b"\\0", 12) + 5
    a = q[end - 4:end - 2] == b"\\0\\1"
    s.sendto(q[:2] + b"\\x81\\x80" + q[4:6] + bytes([0, a, 0, 0, 0, 0]) +
             q[12:end] + (b"\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\x3c\\0\\4\\x7f\\0\\0\\1"
                          if a else b""), peer)
"""


def names_by_dns():
    """With a resolver's address alone: no hosts file, no nsswitch.conf."""
    with compose(files={"/etc/resolv.conf": "nameserver 127.0.0.1\n"}) as c:
        c.wait_ready()
        server = subprocess.Popen(c.net(sys.executable, "-c", DNS),
                                  stdout=subprocess.PIPE)
        try:
            server.stdout.readline()
            same(c.exec("mockvault", "ctl", "ready", "--url",
                        "http://vault.example.test:8299")[0], 0)
            same(c.exec("wget", "-q", "--spider",
                        "http://vault.example.test:8200/v1/sys/health")[0], 0)
        finally:
            server.kill()
            server.wait()


TESTS = [small, links_lead_somewhere, hardened, licences, image_settings,
         image_layer,
         compose_health_check, banner_that_people_wait_for,
         healthcheck_stays_green_under_an_outage,
         healthcheck_finds_another_port, nobody_answers, any_user,
         token_file_where_it_can_be_written, no_home, ends_at_once,
         ends_under_a_stalled_request, buries_orphans,
         buries_what_a_script_leaves, executed_commands, helm_dev,
         helm_standalone, entrypoint_words, entrypoint_unknown_word,
         default_listens_on_every_address, own_dev_arguments_come_last,
         local_config_beside_dev_mode, local_config_alone, config_folder,
         fixtures_folder, scenarios_folder, init_scripts,
         init_scripts_use_the_command, init_script_that_fails, others_wait_for_init_scripts,
         ends_while_a_script_runs, names_by_file,
         names_whatever_nsswitch_says, names_by_dns,
         *setup_page.TESTS]


if __name__ == "__main__":
    setup_page.ROOTFS = ROOTFS = os.path.abspath(sys.argv[1])
    only = sys.argv[2:]
    sys.exit(suite.run([t for t in TESTS if not only or t.__name__ in only]))
