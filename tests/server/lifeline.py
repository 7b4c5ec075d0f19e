#!/usr/bin/env python3
"""What a server's life hangs on, how ctl finds the servers that run here, and a
root token for a database from before: lifeline.py MOCKVAULT."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

from support import suite  # noqa: E402
from support.server import Server  # noqa: E402
from support.suite import same  # noqa: E402

BINARY = None


def poll(ask, seconds=10):
    end = time.monotonic() + seconds
    while not ask():
        assert time.monotonic() < end, "not within %s s" % seconds
        time.sleep(0.005)


def is_running(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def with_parent(*flags):
    """A shell that starts a server and waits: (shell, the server's pid)."""
    shell = subprocess.Popen(
        ["sh", "-c", "\"$@\" & echo pid $!; wait", "sh", BINARY, "server",
         "-dev", "-dev-listen-address=127.0.0.1:0", "-dev-no-store-token",
         *flags], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    pid = None
    for line in shell.stdout:
        if line.startswith("pid "):
            pid = int(line.split()[1])
        if line.startswith('{"mockvault"'):
            return shell, pid
    raise AssertionError("server did not start")


def exits_with_its_parent():
    shell, pid = with_parent("--exit-with-parent")
    assert is_running(pid)
    shell.kill()
    shell.wait()
    poll(lambda: not is_running(pid))
    shell.stdout.close()


def outlives_its_parent_otherwise():
    shell, pid = with_parent()
    shell.kill()
    shell.wait()
    assert is_running(pid)
    os.kill(pid, signal.SIGTERM)
    poll(lambda: not is_running(pid))
    shell.stdout.close()


def exits_at_the_end_of_stdin():
    for how in ("pipe", "null"):
        p = subprocess.Popen(
            [BINARY, "server", "-dev", "-dev-listen-address=127.0.0.1:0",
             "-dev-no-store-token", "--exit-on-stdin-eof"],
            stdin=subprocess.PIPE if how == "pipe" else subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if how == "pipe":
            while not p.stdout.readline().startswith('{"mockvault"'):
                pass
            p.stdin.write("not for it\n")
            p.stdin.flush()
            same(p.poll(), None)
            p.stdin.close()
        same(p.wait(timeout=10), 0)
        assert "standard input has ended" in p.stderr.read()
        p.stdout.close()
        p.stderr.close()


# ---- which server ----

class Folder:
    """A folder for runtime files, empty."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="runtime-")
        self.before = os.environ.get("XDG_RUNTIME_DIR")
        os.environ["XDG_RUNTIME_DIR"] = self.path
        return self

    def __exit__(self, *error):
        if self.before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = self.before
        shutil.rmtree(self.path)

    def files(self):
        try:
            return os.listdir(os.path.join(self.path, "mockvault"))
        except OSError:
            return []


def ctl(*words, **env):
    whole = {k: v for k, v in os.environ.items() if k != "MOCKVAULT_URL"}
    done = subprocess.run([BINARY, "ctl", *words], capture_output=True,
                          text=True, env=dict(whole, **env))
    return done.returncode, done.stdout, done.stderr


def ctl_finds_the_one_server():
    with Folder() as folder:
        s = Server(BINARY, "--admin-addr=127.0.0.1:0")
        same(len(folder.files()), 1)
        status, out, err = ctl("ready")
        same((status, out), (0, "ready\n"))
        same(err, "server: %s\n" % s.bound["admin_addr"])
        same(s.stop(), 0)
        same(folder.files(), [])


def ctl_refuses_to_guess():
    with Folder():
        two = [Server(BINARY, "--admin-addr=127.0.0.1:0") for _ in range(2)]
        status, out, err = ctl("outage", "sealed")
        same((status, out), (2, ""))
        assert "2 servers run here" in err, err
        for s in two:
            assert s.bound["admin_addr"] in err, err
            assert s.url in err, err
            assert "pid %d" % s.process.pid in err, err
        same(ctl("ready", "--url", two[0].bound["admin_addr"])[0], 0)
        same(ctl("ready", MOCKVAULT_URL=two[1].bound["admin_addr"])[0], 0)
        for s in two:
            s.kill()


def what_a_killed_server_left_counts_no_more():
    with Folder() as folder:
        dead = Server(BINARY, "--admin-addr=127.0.0.1:0")
        dead.kill()
        same(len(folder.files()), 1)
        s = Server(BINARY, "--admin-addr=127.0.0.1:0")
        same(ctl("ready")[:2], (0, "ready\n"))
        same(len(folder.files()), 1)
        s.kill()


def a_folder_of_somebody_else_is_not_believed():
    with Folder() as folder:
        path = os.path.join(folder.path, "mockvault")
        os.mkdir(path)
        os.chmod(path, 0o777)
        s = Server(BINARY, "--admin-addr=127.0.0.1:0")
        same(folder.files(), [])
        s.kill()


# ---- a database from before ----

def root_token_for_an_old_database():
    folder = tempfile.mkdtemp()
    db = "--db=" + os.path.join(folder, "state.db")
    s = Server(BINARY, db, token="first")
    same(s.ask("GET", "sys/mounts")[0], 200)
    s.kill()
    s = Server(BINARY, db, token="second")
    same(s.ask("GET", "sys/mounts", token="second")[0], 200)
    same(s.ask("GET", "sys/mounts", token="first")[0], 200)
    assert "Root Token: second" in s.lines
    s.kill()
    shutil.rmtree(folder)


TESTS = [exits_with_its_parent, outlives_its_parent_otherwise,
         exits_at_the_end_of_stdin, ctl_finds_the_one_server,
         ctl_refuses_to_guess, what_a_killed_server_left_counts_no_more,
         a_folder_of_somebody_else_is_not_believed,
         root_token_for_an_old_database]


if __name__ == "__main__":
    BINARY = os.path.abspath(sys.argv[1])
    sys.exit(suite.run(TESTS))
