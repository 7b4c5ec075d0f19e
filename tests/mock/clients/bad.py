"""Six clients that each do one thing wrong, and the rest as they should."""
from urllib.parse import urlsplit

from tests.mock.clients.client import Client
from tests.mock.clients.environment import Lost, Over


class Died(Exception):
    pass


class DiesAtTheFirstError(Client):
    """Any failure ends it. It renews by the clock and never looks at what a
    renewal granted."""

    def run(self):
        try:
            super().run()
        except Died:
            try:
                self.env.wait(self.env.ends_s)
            except Over:
                pass

    def failed(self):
        raise Died()

    def renewed(self, lease_s):
        self.renew_at = self.env.now + self.ttl_s * 2 / 3
        self.dead_at = self.env.ends_s


class NeverRenews(Client):
    """It uses a token until that is refused."""

    def plan(self, lease_s):
        self.renew_at = self.dead_at = self.env.ends_s


class LogsInForEveryRequest(Client):
    """A token is used once and left behind."""

    def take_care_of_token(self):
        pass

    def read(self):
        creds = self.creds
        self.login()
        self.creds = creds
        super().read()

    def recover(self, status):
        self.pause()
        self.login()


class Hammers(Client):
    """Tries again at once, thirty times, and once more a second later."""

    def pause(self):
        self.env.wait(0 if self.failures % 30 else 1)


class RetriesBlindly(Client):
    """Credentials whose answer was lost are asked for once more."""

    def doubt(self):
        pass


class CachesTheLeader(Client):
    """Where a redirect sent it is where it asks from then on."""

    leader = None

    def ask(self, method, path, body=None, token=None):
        try:
            for _ in range(2):
                status, headers, tree = self.env.ask(
                    self.leader or self.env.home, method, path, body, token)
                if status != 307:
                    return status, tree
                url = urlsplit(headers["Location"])
                self.leader = "%s://%s" % (url.scheme, url.netloc)
        except Lost as lost:
            return (0 if lost.sent else -1), None
        return status, None
