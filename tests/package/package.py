#!/usr/bin/env python3
"""What scripts/dist makes, each installed from its file where nothing else of
mockvault is, starts a server, and a secret is written and read by what was
installed: package.py DIST. Needs root for the Debian package."""
import glob
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support import suite  # noqa: E402
from support.server import Server  # noqa: E402
from support.suite import same  # noqa: E402

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
DIST = None
VERSION = re.search(r"AC_INIT\(\[mockvault\], \[(.*)\]\)",
                    (TOP / "configure.ac").read_text())[1]
ARCHITECTURE = subprocess.run(
    ["dpkg", "--print-architecture"], check=True, capture_output=True,
    text=True).stdout.strip()
MACHINE = {"amd64": ("x64", "x86_64"), "arm64": ("arm64", "aarch64")}
CPU, PLATFORM = MACHINE[ARCHITECTURE]
CLEAN = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}
TMP = None


def made(pattern):
    """The one file of that name in dist/."""
    path, = glob.glob(os.path.join(DIST, pattern))
    return path


def run(*command, env=None, cwd=None):
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd,
                          env=dict(CLEAN, **(env or {})),
                          stdin=subprocess.DEVNULL)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


def folder(name):
    path = os.path.join(TMP, name)
    os.mkdir(path)
    return path


def serves(program, vault=None):
    """A server of the program, and a secret by its own command."""
    vault = vault or [program, "vault"]
    server = Server(program, "-dev", "-dev-root-token-id=root",
                    "-dev-listen-address=127.0.0.1:0", "-dev-no-store-token",
                    "--admin-addr=127.0.0.1:0", "--exit-with-parent",
                    plain=True)
    try:
        same(server.bound["mockvault"], VERSION)
        env = {"VAULT_ADDR": server.url, "VAULT_TOKEN": "root"}
        run(*vault, "kv", "put", "secret/app", "k=of " + program, env=env)
        same(run(*vault, "kv", "get", "-field=k", "secret/app", env=env),
             "of " + program)
        run(program, "ctl", "outage", "sealed",
            env={"MOCKVAULT_URL": server.bound["admin_addr"]})
        same(server.ask("GET", "sys/health")[0], 503)
    finally:
        server.process.terminate()
        same(server.process.wait(), 0)
        shutil.rmtree(server.home, ignore_errors=True)


# ---- sums ----

def sums():
    lines = pathlib.Path(DIST, "SHA256SUMS").read_text().splitlines()
    named = dict(reversed(line.split("  ")) for line in lines)
    wanted = {name for name in os.listdir(DIST) if name != "SHA256SUMS"}
    same(set(named), wanted)
    for name, digest in named.items():
        data = pathlib.Path(DIST, name).read_bytes()
        same((name, hashlib.sha256(data).hexdigest()), (name, digest))


# ---- the tarball ----

def tarball():
    run("tar", "-C", folder("tarball"), "-xf",
        made("mockvault-%s-linux-%s.tar.gz" % (
        VERSION, ARCHITECTURE)))
    top, = glob.glob(os.path.join(TMP, "tarball/*"))
    same(os.path.basename(top).startswith("mockvault-%s-linux-" % VERSION),
         True)
    serves(top + "/bin/mockvault", [top + "/bin/vault"])
    assert ".SH OPTIONS" in pathlib.Path(
        top, "share/man/man1/mockvault.1").read_text().upper()
    for name in ("share/man/man1/vault.1",
                 "share/bash-completion/completions/mockvault",
                 "share/bash-completion/completions/vault",
                 "share/zsh/site-functions/_mockvault",
                 "share/fish/vendor_completions.d/mockvault.fish",
                 "share/mockvault/fixtures/platform-kernel.json",
                 "share/mockvault/scenarios/leader-crash.json",
                 "share/doc/mockvault/README.md",
                 "share/doc/mockvault/docs/outages.md",
                 "share/doc/mockvault/licenses/libssl-dev/copyright"):
        assert os.path.getsize(os.path.join(top, name)) > 100, name
    assert not os.path.exists(top + "/lib"), os.listdir(top)


def tarball_runs_without_a_system():
    """In a root that holds the program alone: no loader, no C library."""
    root = folder("bare")
    top, = glob.glob(os.path.join(TMP, "tarball/*"))
    shutil.copy(top + "/bin/mockvault", root)
    assert "Vault v" in run("chroot", root, "/mockvault", "version",
                            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})


def formula():
    """Homebrew's words played by a few lines of ruby: the file is read, its
    archive unpacked and installed as it says."""
    prefix = folder("brew")
    text = pathlib.Path(made("mockvault.rb")).read_text()
    assert "@" not in re.sub(r"assert_match.*", "", text), text
    archive = re.search(r'url "(\S+)"', text)[1]
    digest = re.search(r'sha256 "(\w+)"', text)[1]
    data = pathlib.Path(DIST, os.path.basename(archive)).read_bytes()
    same(hashlib.sha256(data).hexdigest(), digest)
    top, = glob.glob(os.path.join(TMP, "tarball/*"))
    run("ruby", str(TOP / "tests/package/formula.rb"), made("mockvault.rb"),
        prefix, cwd=top)
    serves(prefix + "/bin/mockvault")
    for name in ("man/man1/mockvault.1", "pkgshare/fixtures",
                 "bash_completion/mockvault"):
        assert os.path.exists(os.path.join(prefix, name)), name


# ---- Python ----

def wheel():
    where = folder("venv")
    run(sys.executable, "-m", "venv", where)
    python = where + "/bin/python"
    run(python, "-m", "pip", "install", "-q", "--no-index",
        "--disable-pip-version-check", made("mockvault-%s-*_%s.whl" % (VERSION, PLATFORM)))
    serves(where + "/bin/mockvault")
    assert "Vault v" in run(python, "-m", "mockvault", "version")
    same(run(python, "-c", "import mockvault; print(mockvault.__version__, "
             "mockvault.find_mockvault())"),
         "%s %s/bin/mockvault\n" % (VERSION, where))
    run(python, "-m", "pip", "check", "--disable-pip-version-check")
    run(python, "-m", "pip", "uninstall", "-q", "-y", "mockvault")
    assert not os.path.exists(where + "/bin/mockvault")


def wheel_into_a_folder():
    where = folder("target")
    run(sys.executable, "-m", "pip", "install", "-q", "--no-index",
        "--disable-pip-version-check", "--target", where,
        made("mockvault-%s-*_%s.whl" % (VERSION, PLATFORM)))
    assert "Vault v" in run(sys.executable, "-m", "mockvault", "version",
                            env={"PYTHONPATH": where})


# ---- Node ----

def npm():
    where = folder("npm")
    env = {"HOME": where, "npm_config_cache": where + "/cache",
           "npm_config_update_notifier": "false"}
    pathlib.Path(where, "package.json").write_text('{"private": true}')
    run("npm", "install", "--offline", "--no-audit", "--no-fund",
        made("mockvault-%s-linux-%s.tgz" % (VERSION, CPU)), cwd=where, env=env)
    serves(where + "/node_modules/.bin/mockvault")
    assert "Vault v" in run("npx", "--no-install", "mockvault", "version",
                            cwd=where, env=env)
    path = run("node", "-p", "require('mockvault').path", cwd=where).strip()
    assert "Vault v" in run(path, "version")


# ---- Debian ----

OVERLAY = """
set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" \\
    "$1/root"
mount -t proc proc "$1/root/proc"
mount --rbind /dev "$1/root/dev"
mkdir -p "$1/root$2"
mount --bind "$2" "$1/root$2"
exec chroot "$1/root" sh -c "$3"
"""
INSTALLED = r"""
set -e
export DEBIAN_FRONTEND=noninteractive
dpkg -i "$DIST"/*_"$VERSION"_*.deb >/dev/null
mockvault server -dev -dev-root-token-id=root -dev-no-store-token \
    -dev-listen-address=127.0.0.1:0 --admin-addr=127.0.0.1:0 >/tmp/mv.out &
pid=$!
until grep -q '^{"mockvault"' /tmp/mv.out; do kill -0 $pid; sleep 0.01; done
VAULT_ADDR=$(sed -n 's/.*"api_addr":"\([^"]*\)".*/\1/p' /tmp/mv.out)
export VAULT_ADDR VAULT_TOKEN=root
vault kv put secret/app k=v >/dev/null
[ "$(vault kv get -field=k secret/app)" = v ]
kill $pid
wait $pid
cat >/tmp/mv.c <<END
#include <mockvault.h>
#include <string.h>
int
main(void)
{
	char why[256];
	const char *answer;
	struct mockvault *mv = mv_new(&(struct mv_options){
	    .root_token = "root", .listen = "none" }, why, sizeof(why));
	int status = mv_request(mv, "GET", "sys/health", "", "", &answer);
	int good = status == 200 && strstr(answer, "sealed");
	mv_free(mv);
	return !good;
}
END
gcc -o /tmp/mv /tmp/mv.c $(pkg-config --cflags --libs mockvault)
/tmp/mv
dpkg -P mockvault-vault libmockvault-dev libmockvault0 mockvault >/dev/null
! command -v mockvault
"""


def debian_package():
    """Installed by dpkg into a copy of this system that is thrown away: what
    it depends on must be there."""
    print(run("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh",
              "-c", OVERLAY, "sh", folder("overlay"), DIST, INSTALLED,
              env={"DIST": DIST, "VERSION": VERSION,
                   "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}))


def debian_package_is_of_this_version():
    for name in ("mockvault", "mockvault-vault", "libmockvault0",
                 "libmockvault-dev"):
        same(run("dpkg-deb", "-f", made("%s_%s_%s.deb" % (
            name, VERSION, ARCHITECTURE)), "Version"),
             VERSION + "\n")


def lintian():
    run("lintian", "--allow-root", "--fail-on", "error",
        *glob.glob(os.path.join(DIST, "*_%s_*.deb" % VERSION)))


TESTS = [sums, tarball, tarball_runs_without_a_system, formula, wheel,
         wheel_into_a_folder, npm, debian_package,
         debian_package_is_of_this_version, lintian]


if __name__ == "__main__":
    DIST = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="package-") as TMP:
        sys.exit(suite.run(TESTS))
