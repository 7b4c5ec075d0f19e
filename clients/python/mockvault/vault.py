"""A Vault that a test has for itself."""

import datetime
import json
import os
from typing import TYPE_CHECKING, Any, Dict, List, Union

from mockvault.control import Control, ControlError

if TYPE_CHECKING:
    import hvac
    from typing_extensions import Unpack

    from mockvault import types

SHOWN = 20  # requests that a report has
COLUMNS = ("seq", "method", "path", "status", "duration_ms", "rule", "action", "error")


class ClaimError(AssertionError):
    """The journal does not show what was claimed."""


def body_of(named):
    """Names as the API has them: for_ is "for"; what is None is left out."""
    return {k.rstrip("_"): v for k, v in named.items() if v is not None}


def document(value):
    """Text that begins as JSON is JSON, other text a file's name."""
    if isinstance(value, os.PathLike) or (
        isinstance(value, str) and not value.startswith("{")
    ):
        with open(value, encoding="utf-8") as f:
            return json.load(f)
    return json.loads(value) if isinstance(value, str) else value


class Ending:
    """What goes on until end() is called, a with block or the Vault is over."""

    def __init__(self, end):
        self._end = end

    def end(self) -> None:
        if self._end:
            end, self._end = self._end, None
            end()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.end()


class Vault:
    """addr and token are what VAULT_ADDR and VAULT_TOKEN would say; control is
    the control API of this Vault alone: control("GET", "/inventory")."""

    def __init__(self, server, prefix, release):
        self.server = server
        self.addr, self.token = server.main + prefix, server.token
        self.control = Control(server.admin + prefix)
        self.clock = Clock(self.control)
        self._release = release
        self._scenarios = []

    @property
    def environ(self) -> Dict[str, str]:
        """The environment of an application that uses it."""
        return {"VAULT_ADDR": self.addr, "VAULT_TOKEN": self.token}

    def client(self, **more: Any) -> "hvac.Client":
        """An hvac.Client with the root token."""
        import hvac

        return hvac.Client(url=self.addr, **{"token": self.token, **more})

    def close(self) -> None:
        """Judges the scenarios that were not, and gives the Vault up."""
        if self._release is None:
            return
        try:
            for scenario in self._scenarios:
                scenario.end()
        finally:
            release, self._release = self._release, None
            release()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    # ---- what is in it ----

    def populate(self, fixtures: Any) -> None:
        """Puts a document of fixtures in force: a value, JSON, or its file."""
        self.control("POST", "/populate", {"fixtures": document(fixtures)})

    def snapshot(self, name: str) -> None:
        self.control("PUT", "/snapshots/" + name)

    def restore(self, name: str) -> None:
        self.control("POST", "/snapshots/%s/restore" % name)

    def reset(self) -> None:
        """All as it was at the start: state, rules, clock and journal."""
        self.control("POST", "/reset")

    # ---- what goes wrong ----

    def outage(self, name: str, **how: "Unpack[types.Outage]") -> Ending:
        """Turns an outage on: outage("slow", params={"delay": "80ms"}, for_="2s",
        match={"path": "secret/**"}). What it returns ends it."""
        run = self.control("PUT", "/outages/" + name, body_of(how))
        if not run["active"]:
            return Ending(None)  # final: it is done
        return self._ending("/outages/" + run["id"])

    def rule(self, **rule: "Unpack[types.Rule]") -> Ending:
        """Adds a rule: rule(match=..., when=..., then=[...]). What it returns
        takes it away."""
        made = self.control("POST", "/faults", body_of(rule))
        return self._ending("/faults/" + made["id"])

    def _ending(self, path):
        def end():
            try:
                self.control("DELETE", path)
            except ControlError as e:
                if e.status != 404:  # it has ended by itself
                    raise

        return Ending(end)

    def scenario(self, scenario: Any, **how: "Unpack[types.ScenarioStart]") -> Ending:
        """Starts a scenario: the name of a shipped one, its file, or a value.
        What it returns ends it and judges its expectations, close() at the
        latest."""
        path = "/scenarios/%s" % scenario
        if not isinstance(scenario, str) or not self._has(path):
            path = "/scenarios/test"
            self.control("PUT", path, document(scenario))
        self.control("POST", path + "/start", body_of(how))
        made = Ending(lambda: self._judge(path))
        self._scenarios.append(made)
        return made

    def _has(self, path):
        try:
            return bool(self.control("GET", path))
        except ControlError:
            return False

    def _judge(self, path):
        story = self.control("GET", path)
        if story["state"] in ("running", "waiting"):
            story = self.control("POST", path + "/stop")
        failed = [x for x in story.get("expect", []) if not x["ok"]]
        if failed:
            raise ClaimError(
                "\n".join("%s: %s" % (x.get("name"), x["reason"]) for x in failed)
            )

    # ---- what came ----

    def verify(self, **claim: "Unpack[types.Verify]") -> None:
        """Raises ClaimError unless the journal shows it: verify(match={"path":
        "secret/**"}, times=2)."""
        try:
            self.control("POST", "/requests/verify", body_of(claim))
        except ControlError as e:
            if e.status != 422:
                raise
            raise ClaimError(claim_text(e.body)) from None

    def requests(self, **which: "Unpack[types.Find]") -> List[Dict[str, Any]]:
        """Those of the journal that match, the oldest first."""
        return self.control("POST", "/requests/find", body_of(which))["requests"]

    def wait(self, **which: "Unpack[types.Wait]") -> List[Dict[str, Any]]:
        """As soon as n requests (1) have come: wait(match=..., n=3, timeout="5s")."""
        try:
            found = self.control("POST", "/requests/wait", body_of(which))
        except ControlError as e:
            if e.status != 408:
                raise
            raise TimeoutError("the requests did not come in time") from None
        return found["requests"]

    def report(self) -> str:
        """The last requests, and what is in force."""
        try:
            came = self.control("GET", "/requests?limit=%d" % SHOWN)["requests"]
            rules = self.control("GET", "/faults")["faults"]
            outages = self.control("GET", "/outages")["outages"]
        except (ControlError, OSError) as e:
            return "%s: no journal: %s\n%s" % (self.addr, e, self.server.log())
        lines = ["%s, last requests:" % self.addr, table(came)]
        lines += [
            "rule %s matched %d acted %d: %s %s"
            % (
                rule["id"],
                rule["matched"],
                rule["acted"],
                json.dumps(rule.get("match")),
                json.dumps(rule["then"]),
            )
            for rule in rules
        ]
        lines += [
            "outage " + json.dumps(run) for outage in outages for run in outage["runs"]
        ]
        return "\n".join(lines)


class Clock:
    """The vault's time, by which everything that ends ends."""

    def __init__(self, control):
        self._control = control

    def advance(
        self, by: Union[str, float, datetime.timedelta]
    ) -> List[Dict[str, Any]]:
        """Goes forward, by a timedelta, seconds or text; what has ended on the
        way."""
        if isinstance(by, datetime.timedelta):
            by = by.total_seconds()
        if not isinstance(by, str):
            by = round(by * 1000)
        return self._control("POST", "/clock/advance", {"by": by})["expired"]

    def freeze(self) -> None:
        self.set(mode="frozen")

    def set(self, **clock: "Unpack[types.Clock]") -> None:
        self._control("PUT", "/clock", body_of(clock))

    def now(self) -> datetime.datetime:
        """The time, in UTC, to the microsecond."""
        text = self._control("GET", "/clock")["now"]
        whole, _, part = text.rstrip("Z").partition(".")
        time = datetime.datetime.fromisoformat(whole + "+00:00")
        return time.replace(microsecond=int(part[:6].ljust(6, "0")))


def claim_text(said):
    """Why a claim fails: a sentence, the nearest requests, a line for a shell."""
    lines = [said["reason"]]
    if said.get("nearest"):
        lines += ["nearest:", table(said["nearest"])]
    return "\n".join([*lines, "to see them: " + said.get("curl", "")])


def table(requests):
    rows = [("SEQ", "METHOD", "PATH", "STATUS", "MS", "RULE", "ACTION", "ERROR")]
    rows += [
        tuple("-" if r[c] is None else " ".join(str(r[c]).split()) for c in COLUMNS)
        for r in requests
    ]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip()
        for row in rows
    )
