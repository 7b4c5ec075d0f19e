"""The control API of a server in a test, and requests to the server byte by
byte."""
import http.client
import json
import socket
import ssl


def raw(method, path, token=None, body=None):
    """A request's bytes; path is below /v1/."""
    lines = ["%s /v1/%s HTTP/1.1" % (method, path), "Host: 127.0.0.1"]
    if token:
        lines.append("X-Vault-Token: " + token)
    if body is not None:
        lines.append("Content-Length: %d" % len(body))
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + (body or b"")


class Answer:
    def __init__(self, answer):
        self.status = answer.status
        self.headers = {k.lower(): v for k, v in answer.getheaders()}
        self.body = answer.read()

    def header(self, name):
        return self.headers.get(name)

    def json(self):
        return json.loads(self.body)


class Control:
    def __init__(self, server):
        self.server = server
        host, port = server.bound["admin_addr"].split("//")[1].rsplit(":", 1)
        self.admin = (host, int(port))
        self.context = None
        server.cafile = None
        for line in server.lines:
            if "VAULT_CACERT='" in line:
                server.cafile = line.split("'")[1]
                self.context = ssl.create_default_context(
                    cafile=server.cafile)

    def control(self, method, path, body=None):
        """A call of the control API; path is below /_mock/."""
        conn = http.client.HTTPConnection(*self.admin, timeout=60)
        conn.request(method, "/_mock/" + path,
                     None if body is None else json.dumps(body))
        answer = Answer(conn.getresponse())
        conn.close()
        return answer

    def on(self, outage, params=None, match=None, **more):
        body = dict(more)
        if params:
            body["params"] = params
        if match:
            body["match"] = match
        answer = self.control("PUT", "outages/" + outage, body)
        assert answer.status == 200, answer.body
        return answer.json()

    def off(self, outage):
        answer = self.control("DELETE", "outages/" + outage)
        assert answer.status == 204, answer.body

    def ask(self, method, path, body=None, token="root", headers=None):
        """A request of its own connection to Vault's API."""
        if self.context:
            conn = http.client.HTTPSConnection(
                self.server.host, self.server.port, timeout=60,
                context=self.context)
        else:
            conn = http.client.HTTPConnection(
                self.server.host, self.server.port, timeout=60)
        sent = dict(headers or {})
        if token:
            sent["X-Vault-Token"] = token
        conn.request(method, "/v1/" + path,
                     None if body is None else json.dumps(body), sent)
        answer = Answer(conn.getresponse())
        conn.close()
        return answer

    def connect(self):
        conn = socket.create_connection((self.server.host, self.server.port))
        conn.settimeout(20)
        return conn

    def token(self, **fields):
        made = self.ask("POST", "auth/token/create", fields)
        assert made.status == 200, made.body
        return made.json()["auth"]["client_token"]

    def policy(self, name, text):
        assert self.ask("PUT", "sys/policies/acl/" + name,
                        {"policy": text}).status == 204

    def journal(self, **query):
        return self.control("POST", "requests/find", query).json()["requests"]

    def wait_open(self, path):
        """The entry of a request to path that hangs."""
        for _ in range(2000):
            for entry in self.journal(match={"path": path}):
                if entry["open"]:
                    return entry
        raise AssertionError("no request to %s hangs" % path)


class steered:
    """A server and its control API for the length of a with block."""

    def __init__(self, server):
        self.c = Control(server)

    def __enter__(self):
        return self.c

    def __exit__(self, kind, *error):
        server = self.c.server
        said = server.stderr()
        if kind or server.process.poll() is not None:
            print(said)
            server.kill()
            return
        assert "runtime error" not in said, said
        assert server.stop() == 0, said
