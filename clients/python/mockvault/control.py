"""Calls of the control API."""

import json
import os
import urllib.error
import urllib.request

# No proxy of the environment stands before a test's server.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ControlError(Exception):
    """What the control API refused: status, errors, field, allowed."""

    def __init__(self, call, status, text):
        self.status = status
        try:
            self.body = json.loads(text)
        except ValueError:
            self.body = {"errors": [text.decode("utf-8", "replace")]}
        self.errors = self.body.get("errors", [])
        self.field = self.body.get("field")
        self.allowed = self.body.get("allowed", [])
        said = "; ".join(self.errors)
        if self.allowed and status != 404:
            said += " (allowed: %s)" % ", ".join(map(str, self.allowed))
        super().__init__("%s: %d: %s" % (call, status, said))


class Control:
    """The API at a URL, which a space's ends with its prefix."""

    def __init__(self, url):
        self.url = url

    def __call__(self, method, path, body=None):
        """The answer's JSON, None where there is none."""
        request = urllib.request.Request(
            self.url + "/_mock" + path,
            None if body is None else json.dumps(body).encode(),
            method=method,
        )
        token = os.environ.get("MOCKVAULT_ADMIN_TOKEN")
        if token:
            request.add_header("Authorization", "Bearer " + token)
        try:
            with OPENER.open(request) as answer:
                text = answer.read()
        except urllib.error.HTTPError as e:
            with e:
                raise ControlError(
                    "%s /_mock%s" % (method, path), e.code, e.read()
                ) from None
        return json.loads(text) if text else None
