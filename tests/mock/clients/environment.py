"""What a client lives in: a vault to ask, and a time that passes only when
somebody waits. Waiting advances the vault's clock, so a minute takes no time
and the same client always meets the same moments."""
import http.client
import json
import ssl
from urllib.parse import urlsplit

REQUEST_S = 0.02  # what a request takes


class Over(Exception):
    """The client's time is over."""


class Lost(Exception):
    """No answer came. sent: the vault may have done it all the same."""

    def __init__(self, sent):
        super().__init__("sent" if sent else "not sent")
        self.sent = sent


class Environment:
    """home is the vault's address, as clients are configured with it; admin
    the host and port of the control API; ends_s how long there is."""

    def __init__(self, home, admin, context, ends_s):
        self.home = home
        self.context = context
        self.now_ms = 0
        self.ends_s = ends_s
        self.control = http.client.HTTPConnection(*admin, timeout=60)
        self.lines = {}

    @property
    def now(self):
        return self.now_ms / 1000

    def wait(self, seconds):
        """Time passes; raises Over at the end of it."""
        by_ms = min(round(seconds * 1000), self.ends_s * 1000 - self.now_ms)
        self.control.request("POST", "/_mock/clock/advance",
                             json.dumps({"by": "%dms" % by_ms}))
        answer = self.control.getresponse()
        text = answer.read()
        assert answer.status == 200, text
        self.now_ms += by_ms
        if self.now_ms >= self.ends_s * 1000:
            raise Over()

    def ask(self, address, method, path, body=None, token=None):
        """(status, headers, tree or None). Raises Lost without an answer."""
        try:
            return self.send(address, method, path, body, token)
        finally:
            self.wait(REQUEST_S)

    def line(self, address):
        """The connection that stands, or a new one."""
        if address not in self.lines:
            url = urlsplit(address)
            line = http.client.HTTPSConnection(
                url.netloc, timeout=60, context=self.context) if \
                url.scheme == "https" else \
                http.client.HTTPConnection(url.netloc, timeout=60)
            try:
                line.connect()
            except (OSError, ssl.SSLError):
                line.close()
                raise Lost(sent=False) from None
            self.lines[address] = line
        return self.lines[address]

    def send(self, address, method, path, body, token):
        line = self.line(address)
        try:
            line.request(method, "/v1/" + path,
                         None if body is None else json.dumps(body),
                         {"X-Vault-Token": token} if token else {})
            answer = line.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self.lines.pop(address).close()
            raise Lost(sent=True) from None
        if answer.will_close:
            self.lines.pop(address).close()
        try:
            tree = json.loads(text) if text else None
        except ValueError:
            tree = None
        return answer.status, answer.headers, tree

    def close(self):
        self.control.close()
        for line in self.lines.values():
            line.close()
