"""A server for a test: started on a port of the kernel's choice, asked through
plain HTTP, stopped at the end."""
import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile


class Server:
    """lines holds what it printed up to the line of JSON, bound that line."""

    def __init__(self, binary, *args, token="root", config=None, plain=False,
                 env=None, command="server"):
        """In dev mode; with config, the text of a configuration file (@HOME@
        is the server's folder), as it comes up from that: sealed; plain: with
        the arguments as they are, and of the environment PATH, HOME and env
        alone; command: another one that serves."""
        self.home = tempfile.mkdtemp(prefix="mockvault-")
        self.token = token
        how = ["-dev", "-dev-root-token-id=" + token,
               "-dev-listen-address=127.0.0.1:0", "-dev-no-store-token"]
        if config is not None:
            self.prepare(config)
            how = ["-config=" + os.path.join(self.home, "config.hcl")]
        around = {"PATH": os.environ["PATH"]} if plain else dict(os.environ)
        self.log = open(os.path.join(self.home, "log"), "w")
        self.process = subprocess.Popen(
            [binary, command, *([] if plain else how), *args],
            stdout=subprocess.PIPE, stderr=self.log, text=True,
            env={**around, "HOME": self.home, **(env or {})})
        self.lines = []
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith('{"mockvault"'):
                break
        else:
            raise RuntimeError("server did not start: " + self.stderr())
        self.bound = json.loads(self.lines[-1])
        address = self.bound["listeners"][0]["address"]
        self.host, port = address.rsplit(":", 1)
        self.port = int(port)
        self.url = self.bound["listeners"][0]["url"]

    def line(self, start):
        """The first line it printed that starts so, spaces aside."""
        return next(x for x in self.lines if x.strip().startswith(start))

    def token_file(self):
        return os.path.join(self.home, ".vault-token")

    def prepare(self, config):
        """The configuration, and a certificate for 127.0.0.1."""
        with open(os.path.join(self.home, "config.hcl"), "w") as f:
            f.write(config.replace("@HOME@", self.home))
        self.ca = os.path.join(self.home, "cert.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
             "/CN=localhost", "-addext",
             "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout",
             os.path.join(self.home, "key.pem"), "-out", self.ca],
            check=True, stderr=subprocess.DEVNULL)

    def stderr(self):
        with open(os.path.join(self.home, "log")) as f:
            return f.read()

    def ask(self, method, path, body=None, token=None, headers=None):
        """(status, headers, text); path below /v1/ unless it starts with /"""
        conn = http.client.HTTPConnection(self.host, self.port, timeout=60)
        token = self.token if token is None else token
        sent = dict(headers or {})
        if token:
            sent["X-Vault-Token"] = token
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        conn.request(method, path if path.startswith("/") else "/v1/" + path,
                     body, sent)
        answer = conn.getresponse()
        text = answer.read().decode()
        conn.close()
        return answer.status, dict(answer.getheaders()), text

    def insist(self, status, method, path, *args, **more):
        """The answer's tree (its text when it is none); fails on another
        status."""
        got, _, text = self.ask(method, path, *args, **more)
        assert got == status, (method, path, got, text)
        try:
            return json.loads(text) if text else None
        except ValueError:
            return text

    def initialize(self):
        """A sealed server's first start, with one share: {keys, ...}."""
        made = self.insist(200, "PUT", "sys/init",
                           {"secret_shares": 1, "secret_threshold": 1})
        return self.unseal(made)

    def unseal(self, made):
        self.token = made["root_token"]
        self.insist(200, "PUT", "sys/unseal", {"key": made["keys"][0]})
        return made

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.clean()

    def clean(self):
        self.process.stdout.close()
        self.log.close()
        shutil.rmtree(self.home, ignore_errors=True)

    def stop(self, how=signal.SIGTERM):
        """Exit status after the signal; what it still said joins lines."""
        self.process.send_signal(how)
        rest = self.process.stdout.read()
        status = self.process.wait()
        self.clean()
        self.lines += rest.splitlines()
        return status


class started:
    """A server for the length of a with block."""

    def __init__(self, binary, *args, **more):
        self.server = Server(binary, *args, **more)

    def __enter__(self):
        return self.server

    def __exit__(self, *error):
        if self.server.process.poll() is None:
            self.server.kill()
