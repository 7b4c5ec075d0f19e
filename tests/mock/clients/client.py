"""The client that behaves. Once a second it reads a secret, and it holds
credentials of a database as long as it lives.

- It logs in once, renews at two thirds of the token's life, and takes a new
  token when a renewal grants less than it used to.
- After a failure it waits, longer each time, and not always as long.
- It asks its configured address; a redirect is followed for that one request.
- A token that is refused is replaced once. When the new one is refused too, the
  rights are missing, and it waits.
- When it cannot know whether credentials were made, it revokes its token, which
  takes them along, and asks again with another."""
import random
from urllib.parse import urlsplit

from tests.mock.clients.environment import Lost, Over

LOGIN = "auth/approle/login"
DATA = "secret/data/app"
CREDS = "database/creds/app"


class Client:
    FIRST_PAUSE_S = 0.5
    LONGEST_PAUSE_S = 5

    def __init__(self, env, role_id, secret_id):
        self.env = env
        self.ids = {"role_id": role_id, "secret_id": secret_id}
        self.random = random.Random(7)
        self.token = None
        self.has_proved = False  # the token was good for something
        self.ttl_s = self.renew_at = self.dead_at = 0
        self.creds = None
        self.failures = 0

    def run(self):
        """Up to the end of its time."""
        try:
            while True:
                self.tick()
                self.env.wait(1)
        except Over:
            pass

    def tick(self):
        self.take_care_of_token()
        self.read()
        if not self.creds:
            self.take_creds()

    # ---- one request ----

    def ask(self, method, path, body=None, token=None):
        """One try, a redirect followed: (status, tree); 0 when it was lost."""
        try:
            status, headers, tree = self.env.ask(
                self.env.home, method, path, body, token)
            if status == 307:
                return self.follow(headers["Location"], method, path, body,
                                   token)
        except Lost as lost:
            return (0 if lost.sent else -1), None
        return status, tree

    def follow(self, location, method, path, body, token):
        url = urlsplit(location)
        status, _, tree = self.env.ask(
            "%s://%s" % (url.scheme, url.netloc), method, path, body, token)
        return status, tree

    def succeeded(self, status):
        if 200 <= status < 300 or status == 404:
            self.failures = 0
            return True
        self.failed()
        return False

    def failed(self):
        self.failures += 1

    def pause(self):
        pause = min(self.FIRST_PAUSE_S * 2 ** (self.failures - 1),
                    self.LONGEST_PAUSE_S)
        self.env.wait(pause * self.random.uniform(0.8, 1))

    # ---- the token ----

    def login(self):
        self.token = self.creds = None
        while not self.token:
            status, tree = self.ask("POST", LOGIN, self.ids)
            if self.succeeded(status) and tree:
                self.take(tree["auth"])
            else:
                self.pause()

    def take(self, auth):
        self.token = auth["client_token"]
        self.has_proved = False
        self.ttl_s = auth["lease_duration"]
        self.plan(self.ttl_s)

    def plan(self, lease_s):
        self.renew_at = self.env.now + lease_s * 2 / 3
        self.dead_at = self.env.now + lease_s

    def take_care_of_token(self):
        if not self.token or self.env.now >= self.dead_at:
            self.login()
        elif self.env.now >= self.renew_at:
            self.renew()

    def renew(self):
        status, tree = self.ask("POST", "auth/token/renew-self", {},
                                self.token)
        if self.succeeded(status) and tree:
            self.renewed(tree["auth"]["lease_duration"])
        elif status == 403:
            self.login()
        else:
            self.renew_at = self.env.now + 2

    def renewed(self, lease_s):
        self.plan(lease_s)
        if lease_s < self.ttl_s:
            self.login()

    # ---- what it is for ----

    def read(self):
        """Until there is an answer."""
        while True:
            status, _ = self.ask("GET", DATA, None, self.token)
            if self.succeeded(status):
                self.has_proved = True
                return
            self.recover(status)

    def recover(self, status):
        if status == 403 and self.has_proved:
            self.login()
            return
        self.pause()
        self.take_care_of_token()

    def take_creds(self):
        """A try; the next second is the next."""
        status, tree = self.ask("GET", CREDS, None, self.token)
        if self.succeeded(status) and tree:
            self.creds = tree["lease_id"]
        elif status in (0, 500, 502, 504):
            self.doubt()
        elif status == 403:
            self.recover(status)

    def doubt(self):
        """There may be a lease now that nobody knows the id of."""
        while True:
            self.pause()
            status, _ = self.ask("POST", "auth/token/revoke-self", {},
                                 self.token)
            if self.succeeded(status) or status == 403:
                break
        self.login()
