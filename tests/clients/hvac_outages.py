"""hvac_outages.py BINARY: how hvac takes outages: which exception it raises,
and that it tries once."""
import os
import sys

import hvac
import hvac.exceptions
import requests.exceptions

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from server import Server  # noqa: E402
from control_client import Control  # noqa: E402
from suite import run  # noqa: E402

PATH = "secret/data/app"
E = hvac.exceptions
R = requests.exceptions

# outage, params, exception, what its text holds, requests by the journal
REACTIONS = [
    ("sealed", {}, E.VaultDown, "Vault is sealed", 1),
    ("uninitialized", {}, E.VaultDown, "Vault is sealed", 1),
    ("no-leader", {}, E.InternalServerError,
     "active cluster node not found", 1),
    ("no-leader", {"forwarding": "off"}, E.VaultDown,
     "no active Vault instance found", 1),
    ("redirect", {"to": "loop"}, R.TooManyRedirects, "30 redirects", 31),
    ("stale-read", {"as": "not-found"}, E.InvalidPath, "", 1),
    ("stale-read", {"as": "denied"}, E.Forbidden, "permission denied", 1),
    ("amnesia", {}, E.InvalidPath, "", 1),
    ("storage-error", {}, E.InternalServerError, "internal error", 1),
    ("audit-fail", {"side": "response"}, E.InternalServerError,
     "internal error", 1),
    ("rate-limit", {"rate": 0}, E.RateLimitExceeded,
     "rate limit quota exceeded", 1),
    ("overloaded", {"probability": 0}, None, "", 1),
    ("permission-flap", {"every": 1}, E.Forbidden, "permission denied", 1),
    ("kv-deleted", {"path": "secret/app"}, E.InvalidPath, "", 1),
    ("kv-destroyed", {"path": "secret/app"}, E.InvalidPath, "", 1),
    ("kv-upgrading", {}, E.InvalidRequest, "Upgrading from", 1),
    ("namespace", {"as": "locked"}, E.VaultDown, "locked by an", 1),
    ("lb-html", {"status": 502}, E.BadGateway, "", 1),
    ("lb-html", {"status": 504}, E.UnexpectedError, "", 1),
    ("reset", {}, R.ConnectionError, "reset by peer", 1),
    ("truncate", {"bytes": 20}, R.ChunkedEncodingError, "IncompleteRead", 1),
    ("empty", {}, R.ConnectionError, "", 1),
    ("garbage", {}, R.ConnectionError, "", 1),
    ("storage-hang", {}, R.ReadTimeout, "timed out", 1),
    ("refuse", {}, R.ConnectionError, "refused", 0),
]


def read(client):
    return client.secrets.kv.v2.read_secret_version(
        "app", raise_on_deleted_version=True)


def reaction(mock, url, outage, params, kind, text, tries):
    def check():
        mock.control("POST", "reset", {})
        timeout = 0.3 if outage == "storage-hang" else 30
        client = hvac.Client(url=url, token="root", timeout=timeout)
        client.secrets.kv.v2.create_or_update_secret("app",
                                                     secret={"k": "v"})
        mock.on(outage, params)
        before = len(mock.journal(match={"path": PATH}))
        got = None
        try:
            read(client)
        except Exception as e:  # the kind is what is looked at
            got = e
        after = len(mock.journal(match={"path": PATH}))
        if kind is None:
            assert got is None, got
        else:
            assert isinstance(got, kind), repr(got)
            assert text in str(got), repr(got)
        assert after - before == tries, (before, after)
    check.__name__ = "%s %s" % (outage, params)
    return check


def keepalive(mock, url):
    """A kept connection whose other end is gone: one failure, then a new
    connection."""
    def check():
        mock.control("POST", "reset", {})
        client = hvac.Client(url=url, token="root", timeout=0.5)
        client.lookup_token()
        for outage, params, kind in (
                ("half-open", {}, R.ReadTimeout),
                ("stale-keepalive", {"idle": 0}, R.ConnectionError)):
            client = hvac.Client(url=url, token="root", timeout=0.5)
            client.lookup_token()
            mock.on(outage, params)
            try:
                client.lookup_token()
            except kind:
                pass
            else:
                raise AssertionError("no " + kind.__name__)
            client.lookup_token()
            mock.off(outage)
    return check


def dead_token(mock, url):
    """hvac cannot tell a dead token from a policy's refusal."""
    def check():
        mock.control("POST", "reset", {})
        client = hvac.Client(url=url, token=mock.token(policies=["default"]))
        client.lookup_token()
        mock.on("token-revoked")
        try:
            client.lookup_token()
        except E.Forbidden as e:
            assert "invalid token" in str(e), e
        assert not client.is_authenticated()
    return check


def main():
    server = Server(sys.argv[1], "--admin-addr=127.0.0.1:0")
    mock = Control(server)
    checks = [reaction(mock, server.url, *row) for row in REACTIONS]
    status = run(checks + [keepalive(mock, server.url),
                           dead_token(mock, server.url)])
    return server.stop() or status


if __name__ == "__main__":
    sys.exit(main())
