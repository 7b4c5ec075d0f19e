"""The image's root file system, run as an engine runs it: namespaces of its own
for processes, mounts and network, a root of its own, an unprivileged user. Needs
root, and no engine."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
ENTRYPOINT = "/usr/local/bin/docker-entrypoint.sh"

START = """
set -e
mount --bind "$ROOT" "$ROOT"
mount -t proc proc "$ROOT/proc"
mount -t tmpfs -o mode=755 tmpfs "$ROOT/dev"
for d in null zero full random urandom tty; do
    touch "$ROOT/dev/$d"
    mount --bind "/dev/$d" "$ROOT/dev/$d"
done
[ -z "$READ_ONLY" ] || mount -o remount,ro,bind "$ROOT"
ip link set lo up
ip addr add 192.0.2.1/32 dev lo
echo $$ >/dev/null
exec chroot --userspec="$USERSPEC" --groups= "$ROOT" "$@"
"""


def image_environment():
    """ENV of the Containerfile."""
    text = (TOP / "Containerfile").read_text()
    block = re.search(r"^ENV ((?:.*\\\n)*.*)", text, re.M).group(1)
    return dict(pair.split("=", 1)
                for pair in block.replace("\\\n", " ").split())


def image_command():
    """CMD of the Containerfile: what runs when no command is given."""
    text = (TOP / "Containerfile").read_text()
    return json.loads(re.search(r"^CMD (\[.*\])$", text, re.M).group(1))


def poll(ask, seconds=10):
    """Until ask() is true; its value."""
    end = time.monotonic() + seconds
    while True:
        value = ask()
        if value:
            return value
        assert time.monotonic() < end, "not within %s s" % seconds
        time.sleep(0.005)


class Container:
    def __init__(self, rootfs, *command, env=None, user="100:1000", files=None,
                 read_only=True, entrypoint=(ENTRYPOINT,)):
        """files: path -> text, as volumes and engines bring them."""
        self.folder = tempfile.mkdtemp(prefix="container-")
        os.chmod(self.folder, 0o755)
        self.root = os.path.join(self.folder, "root")
        subprocess.run(["cp", "-a", str(rootfs), self.root], check=True)
        for path, text in (files or {}).items():
            target = pathlib.Path(self.root + path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
            target.chmod(0o644)
        self.user = user
        self.env = dict(image_environment(), **(env or {}))
        self.out = open(os.path.join(self.folder, "stdout"), "w+")
        self.err = open(os.path.join(self.folder, "stderr"), "w+")
        self.started = time.monotonic()
        self.unshare = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child",
             "sh", "-c", START, "sh", "/bin/env", "-i", *self.env_words(),
             *entrypoint, *command],
            stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.err,
            env=dict(os.environ, ROOT=self.root, USERSPEC=user,
                     READ_ONLY="1" if read_only else ""))

    def env_words(self, more=None):
        return ["%s=%s" % pair
                for pair in dict(self.env, **(more or {})).items()]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.kill()
        self.unshare.wait()
        self.out.close()
        self.err.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def stdout(self):
        with open(self.out.name) as f:
            return f.read()

    def stderr(self):
        with open(self.err.name) as f:
            return f.read()

    def children(self):
        with open("/proc/%d/task/%d/children" % (
                (self.unshare.pid,) * 2)) as f:
            return [int(pid) for pid in f.read().split()]

    def kill(self):
        """Process 1, with which all others end: another user's, it does not
        hear of its parent's death."""
        if self.unshare.poll() is not None:
            return
        with contextlib.suppress(OSError):
            for pid in self.children():
                os.kill(pid, signal.SIGKILL)
        self.unshare.kill()

    def pid(self):
        """The host's number of the container's process 1."""
        def child():
            assert self.unshare.poll() is None, self.log()
            return self.children()
        pid = poll(child)[0]
        poll(lambda: self.unshare.poll() is not None or
             os.readlink("/proc/%d/root" % pid) != "/")
        return pid

    def log(self):
        return self.stdout() + self.stderr()

    def exec_args(self, command, env=None, user=None):
        uid, gid = (user or self.user).split(":")
        return ["nsenter", "--target", str(self.pid()), "--mount", "--pid",
                "--net", "--root", "--wdns=/", "--setuid", uid, "--setgid",
                gid, "/bin/env", "-i", *self.env_words(env), *command]

    def exec(self, *command, env=None, user=None, stdin=None):
        """As `docker exec`: (status, standard output, standard error)."""
        done = subprocess.run(self.exec_args(command, env, user), input=stdin,
                              stdin=subprocess.DEVNULL if stdin is None
                              else None, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    def net(self, *command):
        """A program of the host's, in the container's network."""
        return ["nsenter", "--target", str(self.pid()), "--net", *command]

    def curl(self, *args):
        """(status, text)"""
        done = subprocess.run(
            self.net("curl", "-s", "-k", "-m", "20", "-w", "\n%{http_code}",
                     *args), capture_output=True, text=True)
        text, _, status = done.stdout.rpartition("\n")
        return int(status or 0), text

    def wait_ready(self):
        """The banner's line of JSON is there, and the health check holds."""
        poll(lambda: '{"mockvault"' in self.stdout() or
             self.unshare.poll() is not None)
        assert self.unshare.poll() is None, self.log()
        status, out, err = self.exec("/bin/mockvault", "healthcheck")
        assert status == 0, (out, err)
        return self

    def stop(self, number=signal.SIGTERM):
        """(exit status, seconds) after a signal to process 1."""
        begin = time.monotonic()
        os.kill(self.pid(), number)
        status = self.unshare.wait(timeout=30)
        return status, time.monotonic() - begin

    def wait(self):
        """The exit status of a command that ends by itself."""
        return self.unshare.wait(timeout=30)
