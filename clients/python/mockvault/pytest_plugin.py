"""The plugin of pytest: fixtures and markers."""

import os

import pytest

from mockvault.server import Server
from mockvault.vault import ClaimError

MARKERS = (
    "mockvault_fixtures(document): begin with it: a value, JSON, or a file's name, "
    "also from the test's folder",
    "mockvault_outage(name, **how): begin in an outage, such as 'sealed', for_='2s'",
    "mockvault_rule(**rule): begin with a rule: match, when, then",
    "mockvault_scenario(scenario, **how): play a scenario; its expectations are "
    "judged at the end",
    "mockvault_clock(**clock): begin with this clock, such as mode='frozen'",
    "mockvault_server(*flags, alone=False, seed=None, start_from=None): another "
    "server's flags, or one that nobody shares",
)


def pytest_configure(config):
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.fixture(scope="session")
def mockvault():
    """The server of this process: the one at MOCKVAULT_URL, or its own.
    mockvault.vault() is a Vault for a fixture of your own."""
    return Server.shared()


@pytest.fixture
def mockvault_space(mockvault, request):
    """A Vault of the test's own, as its markers want it."""
    node = request.node
    how = {}
    for mark in node.iter_markers("mockvault_server"):
        how = {**mark.kwargs, **how}
        how["flags"] = (*mark.args, *how.get("flags", ()))
    vault = mockvault.vault(**how)
    try:
        prepare(vault, node)
        yield vault
    finally:
        try:
            report = vault.report()
            vault.close()
        except ClaimError as e:
            raise ClaimError("%s\n%s" % (e, report)) from None


def prepare(vault, node):
    """The markers of the module first, then those of the class, the test's."""
    steps = {
        "mockvault_fixtures": lambda d: vault.populate(near(d, node)),
        "mockvault_rule": vault.rule,
        "mockvault_clock": vault.clock.set,
        "mockvault_outage": vault.outage,
        "mockvault_scenario": lambda s, **how: vault.scenario(near(s, node), **how),
    }
    marks = list(node.iter_markers())[::-1]
    for name, step in steps.items():
        for mark in marks:
            if mark.name == name:
                step(*mark.args, **mark.kwargs)


def near(name, node):
    """A file beside the test, where there is one of that name."""
    if isinstance(name, str) and not name.startswith("{"):
        path = os.path.join(os.path.dirname(str(node.fspath)), name)
        if os.path.isfile(path):
            return path
    return name


@pytest.fixture
def mockvault_client(mockvault_space):
    """An hvac.Client of the test's Vault, with the root token."""
    return mockvault_space.client()


@pytest.fixture
def mockvault_env(mockvault_space, monkeypatch):
    """VAULT_ADDR and VAULT_TOKEN of the test's Vault, in the environment."""
    for name, value in mockvault_space.environ.items():
        monkeypatch.setenv(name, value)
    return mockvault_space


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A test that fails shows what came to its Vault."""
    report = (yield).get_result()
    vault = getattr(item, "funcargs", {}).get("mockvault_space")
    if vault and report.failed and call.when == "call":
        report.sections.append(("mockvault", vault.report()))
