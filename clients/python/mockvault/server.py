"""A server: started by this process, or joined."""

import json
import os
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

from mockvault.binary import find_mockvault
from mockvault.control import OPENER, Control, ControlError
from mockvault.vault import Vault

# How long a server may take until it is ready, in seconds; a service of a
# pipeline starts beside the tests.
PATIENCE_S = 30


class Server:
    """A server that ends with this process, at the latest.

    Server() starts one, with flags of mockvault server; Server.join(url) takes
    one that runs; Server.shared() is the one that MOCKVAULT_URL names, or else
    one for the whole process.
    """

    _shared = None
    _lock = threading.Lock()

    def __init__(self, *flags):
        self.token = "root"
        self.borrowed = False
        self._log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [
                find_mockvault(),
                "server",
                "-dev",
                "-dev-root-token-id=" + self.token,
                "-dev-listen-address=127.0.0.1:0",
                "-dev-no-store-token",
                "-admin-addr=127.0.0.1:0",
                "-exit-on-stdin-eof",
                *flags,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        for line in self.process.stdout:
            if line.startswith(b"{"):
                break
        else:
            self.process.wait()
            raise RuntimeError("mockvault did not start: " + self.log())
        bound = json.loads(line)
        self.main, self.admin = bound["api_addr"], bound["admin_addr"]
        self._await_ready()

    @classmethod
    def join(cls, url):
        """A server that runs, by Vault's address or the control API's."""
        self = cls.__new__(cls)
        self.process = self._log = None
        self.token = os.environ.get("VAULT_TOKEN") or "root"
        self.main = self.admin = url.rstrip("/")
        self.borrowed = False
        self._await_ready()
        try:
            OPENER.open(self.main + "/v1/sys/seal-status").close()
        except urllib.error.HTTPError as e:
            with e:
                if e.code == 404:  # the control API alone
                    self.main = self._main_address()
        return self

    @classmethod
    def shared(cls):
        with cls._lock:
            if cls._shared is None:
                url = os.environ.get("MOCKVAULT_URL")
                cls._shared = cls.join(url) if url else cls()
            return cls._shared

    def _main_address(self):
        info = Control(self.admin)("GET", "/info")
        main = urllib.parse.urlsplit(info["addresses"]["main"][0])
        host = urllib.parse.urlsplit(self.admin).hostname
        return "%s://%s:%d" % (main.scheme, host, main.port)

    def _await_ready(self):
        """Waits until it is, and asks whether it has spaces."""
        control, end = Control(self.admin), time.monotonic() + PATIENCE_S
        while True:
            try:
                control("GET", "/ready")
                break
            except (ControlError, OSError):
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
        try:
            control("GET", "/spaces")
            self.has_spaces = True
        except ControlError as e:
            if e.status not in (404, 409):  # an old one; a cluster, or a proxy
                raise
            self.has_spaces = False

    def vault(self, *, flags=(), alone=False, seed=None, start_from=None):
        """A Vault of the caller's own, a space where the server has them. Flags,
        and what is to be alone, take another server; so does everything on a
        server of ours without spaces."""
        if self.process is None and (flags or alone):
            raise ValueError("%s runs already: it takes no flags" % self.admin)
        if self.has_spaces and not flags and not alone:
            return self._space(seed, start_from)
        if start_from is not None or (self.process is None and seed is not None):
            raise ValueError("%s has no spaces" % self.admin)
        if self.process is None:
            return self._borrow()
        if seed is not None:
            flags = ("-seed=%d" % seed, *flags)
        server = Server(*flags)
        return Vault(server, "", server.stop)

    def _space(self, seed, start_from):
        name = "py-" + uuid.uuid4().hex[:12]  # other machines have pids like ours
        body = {"seed": seed, "from": start_from}
        if self.process is None:
            body["expires_in"] = "1h"  # this process may be killed
        body = {k: v for k, v in body.items() if v is not None}
        control = Control(self.admin)
        control("PUT", "/spaces/" + name, body)
        return Vault(self, "/s/" + name, lambda: control("DELETE", "/spaces/" + name))

    def _borrow(self):
        """The whole of a joined server without spaces, as it was at its start."""
        if self.borrowed:
            raise RuntimeError(
                "%s has no spaces: run one test after the other" % self.admin
            )
        control = Control(self.admin)
        control("POST", "/reset")
        self.borrowed = True

        def give_back():
            self.borrowed = False
            control("POST", "/reset")

        return Vault(self, "", give_back)

    def log(self):
        """The end of what a server of ours has said."""
        if self._log is None:
            return ""
        size = os.fstat(self._log.fileno()).st_size
        text = os.pread(self._log.fileno(), 1 << 16, max(0, size - (1 << 16)))
        return text.decode("utf-8", "replace")

    def stop(self):
        """Ends a server of ours."""
        if self.process is None:
            return
        self.process.terminate()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self._log.close()
        self.process = None
