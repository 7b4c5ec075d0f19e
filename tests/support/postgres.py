"""A private PostgreSQL for a test: on a free port of 127.0.0.1, in a folder of
its own, gone at the end. Its superuser is ADMIN with PASSWORD over TCP."""
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ADMIN, PASSWORD = "vaultadmin", "admin-pass-word"
HBA = """local all all trust
host all all 127.0.0.1/32 scram-sha-256
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def program(name):
    """Debian keeps them out of the PATH."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/" + name))
    return found[-1] if found else name


class Postgres:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="mockvault-pg-")
        self.data = os.path.join(self.folder, "db")
        self.port = free_port()
        self.who = {}
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            self.who = self.somebody()
        self.log = open(os.path.join(self.folder, "log"), "w")
        subprocess.run(
            [program("initdb"), "-D", self.data, "-U", ADMIN, "-A", "trust",
             "--no-sync", "--locale=C", "-E", "UTF8"], check=True,
            stdout=self.log, stderr=self.log, cwd=self.folder, **self.who)
        with open(os.path.join(self.data, "pg_hba.conf"), "w") as f:
            f.write(HBA)
        self.start()
        self.sql("ALTER USER %s PASSWORD '%s'" % (ADMIN, PASSWORD))

    def somebody(self):
        try:
            user = pwd.getpwnam("postgres")
        except KeyError:
            user = pwd.getpwnam("nobody")
        os.chown(self.folder, user.pw_uid, user.pw_gid)
        return {"user": user.pw_uid, "group": user.pw_gid,
                "extra_groups": []}

    def start(self):
        self.process = subprocess.Popen(
            [program("postgres"), "-D", self.data, "-p", str(self.port),
             "-c", "listen_addresses=127.0.0.1", "-c",
             "unix_socket_directories=" + self.folder, "-c", "fsync=off"],
            stdout=self.log, stderr=self.log, cwd=self.folder, **self.who)
        deadline = time.monotonic() + 60
        while self.psql(["-h", self.folder, "-U", ADMIN],
                        "SELECT 1").returncode:
            if self.process.poll() is not None or \
                    time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL did not start")

    def psql(self, where, sql, password=""):
        return subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-d", "postgres", "-p",
             str(self.port), *where, "-c", sql], capture_output=True,
            text=True, env=dict(os.environ, PGPASSWORD=password,
                                PGCONNECT_TIMEOUT="10"))

    def sql(self, text):
        """As superuser, past any password; what psql printed."""
        done = self.psql(["-h", self.folder, "-U", ADMIN, "-v",
                          "ON_ERROR_STOP=1"], text)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def can_log_in(self, user, password):
        return self.psql(["-h", "127.0.0.1", "-U", user], "SELECT 1",
                         password).returncode == 0

    def has_user(self, user):
        return self.sql("SELECT count(*) FROM pg_roles WHERE rolname = '%s'"
                        % user) == "1"

    def valid_until(self, user):
        """Seconds since 1970, of its VALID UNTIL."""
        return int(self.sql("SELECT extract(epoch FROM rolvaliduntil)::bigint "
                            "FROM pg_roles WHERE rolname = '%s'" % user))

    def hold_lock(self, number):
        """A psql that holds an advisory lock until it is killed."""
        holder = subprocess.Popen(
            ["psql", "-X", "-q", "-A", "-t", "-d", "postgres", "-p",
             str(self.port), "-h", self.folder, "-U", ADMIN],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        holder.stdin.write("SELECT pg_advisory_lock(%d);\n\\echo held\n"
                           % number)
        holder.stdin.flush()
        while holder.stdout.readline() != "held\n":
            pass
        return holder

    def stop(self):
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()

    def clean(self):
        self.stop()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
