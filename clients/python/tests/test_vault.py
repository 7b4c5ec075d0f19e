import datetime
import os
import re
import signal
import subprocess
import sys
import time

import hvac
import pytest

from mockvault import ClaimError, ControlError, Server, Vault, find_mockvault

FIXTURES = {"kv": {"secret/app": {"k": "v"}}}


def read(vault, path="app"):
    kv = vault.client().secrets.kv.v2
    return kv.read_secret_version(path, raise_on_deleted_version=True)["data"]["data"]


@pytest.fixture
def vault(mockvault_space):
    mockvault_space.populate(FIXTURES)
    return mockvault_space


def test_fixtures(mockvault_space, tmp_path):
    file = tmp_path / "vault.json"
    file.write_text('{"kv": {"secret/file": {"k": "v"}}}')
    mockvault_space.populate(file)
    mockvault_space.populate('{"kv": {"secret/text": {"k": "v"}}}')
    assert read(mockvault_space, "file") == read(mockvault_space, "text") == {"k": "v"}
    with pytest.raises(ControlError, match="zork") as refused:
        mockvault_space.populate({"zork": 1})
    assert refused.value.status == 400


def test_outage(vault):
    with vault.outage("sealed"), pytest.raises(hvac.exceptions.VaultDown):
        read(vault)
    outage = vault.outage("lb-html", match={"path": "secret/**"}, for_="1h")
    with pytest.raises(hvac.exceptions.VaultError):
        read(vault)
    outage.end()
    outage.end()
    assert read(vault) == {"k": "v"}
    with pytest.raises(ControlError, match="seeled"):
        vault.outage("seeled")
    vault.outage("clock-jump", params={"by": "1h"}).end()


def test_rule(vault):
    vault.rule(
        id="once",
        match={"path": "secret/**"},
        when={"times": 1},
        then=[{"respond": {"status": 418, "errors": ["tea"]}}],
    )
    with pytest.raises(hvac.exceptions.VaultError):
        read(vault)
    assert read(vault) == {"k": "v"}
    vault.verify(rule="once", times=1)


def test_clock(mockvault_space):
    vault = mockvault_space
    vault.populate({"tokens": [{"id": "x", "ttl": "1h", "policies": ["default"]}]})
    vault.clock.freeze()
    before = vault.clock.now()
    assert vault.clock.advance("30m") == []
    ended = vault.clock.advance(datetime.timedelta(hours=1))
    assert [x["kind"] for x in ended] == ["token"]
    assert vault.clock.advance(0.5) == []
    assert vault.clock.now() - before == datetime.timedelta(minutes=90, seconds=0.5)


def test_verify(vault):
    read(vault)
    vault.verify(match={"path": "secret/**"}, times=1)
    vault.verify(match={"path": "secret/**"}, ends_with="success")
    with pytest.raises(ClaimError) as failed:
        vault.verify(match={"path": "secret/**"}, times="none")
    for part in ("at most 0 requests", "secret/data/app", "curl -s http"):
        assert part in str(failed.value)
    with pytest.raises(ControlError, match="times"):
        vault.verify(time=3)


def test_wait(vault):
    read(vault)
    (came,) = vault.wait(match={"op": "read"})
    assert (came["path"], came["status"]) == ("secret/data/app", 200)
    assert vault.requests(match={"op": "login"}) == []
    with pytest.raises(TimeoutError):
        vault.wait(n=9, timeout="1ms")


def test_scenario(vault):
    story = {
        "timeline": [{"at": "0ms", "do": {"outage": "sealed"}}],
        "expect": [
            {"name": "it asks", "match": {"path": "secret/**"}, "times": "some"},
            {"name": "it asks twice", "match": {"path": "secret/**"}, "times": 2},
        ],
    }
    playing = vault.scenario(story)
    for _ in range(2):
        with pytest.raises(hvac.exceptions.VaultDown):
            read(vault)
    playing.end()
    assert read(vault) == {"k": "v"}
    with pytest.raises(ClaimError, match="the client is there at the end"):
        vault.scenario("seal-incident", begin="now").end()
    with pytest.raises(FileNotFoundError, match="zork"):
        vault.scenario("zork")


def test_state(vault):
    kv = vault.client().secrets.kv.v2
    vault.snapshot("before")
    kv.create_or_update_secret("app", {"k": "w"})
    vault.restore("before")
    assert read(vault) == {"k": "v"}
    vault.reset()
    with pytest.raises(hvac.exceptions.InvalidPath):
        read(vault)


def test_environment(mockvault_env):
    assert os.environ["VAULT_ADDR"] == mockvault_env.addr
    assert hvac.Client().is_authenticated()


@pytest.mark.mockvault_server(alone=True)
def test_a_whole_server(vault):
    with vault.outage("refuse"), pytest.raises(OSError):
        read(vault)
    assert read(vault) == {"k": "v"}


def test_seed(mockvault):
    def token():
        with mockvault.vault(seed=7) as vault:
            return vault.client().auth.token.create()["auth"]["client_token"]

    assert token() == token()


def test_join(monkeypatch):
    monkeypatch.delenv("VAULT_TOKEN", raising=False)
    ours = Server()
    try:
        for url in (ours.main, ours.admin + "/"):
            server = Server.join(url)
            with server.vault() as vault:
                assert vault.addr.startswith(ours.main)
                # Another machine's process may have our number.
                assert "-%d-" % os.getpid() not in vault.addr
                vault.populate(FIXTURES)
                assert read(vault) == {"k": "v"}
                if not server.has_spaces:
                    with pytest.raises(RuntimeError, match="one test after the other"):
                        server.vault()
            with server.vault() as vault, pytest.raises(hvac.exceptions.InvalidPath):
                read(vault)
            with pytest.raises(ValueError, match="flags"):
                server.vault(flags=["-seed=1"])
    finally:
        ours.stop()


def test_a_cluster_has_no_spaces():
    ours = Server("-nodes=3")
    try:
        assert not ours.has_spaces
    finally:
        ours.stop()


def test_a_server_that_does_not_start():
    with pytest.raises(RuntimeError, match="zork"):
        Server("-zork")


def test_program(monkeypatch, tmp_path):
    program = find_mockvault()
    monkeypatch.setenv("MOCKVAULT_BIN", "/x/mockvault")
    assert find_mockvault() == "/x/mockvault"
    monkeypatch.delenv("MOCKVAULT_BIN")
    monkeypatch.setattr("sysconfig.get_path", lambda *_: str(tmp_path))
    monkeypatch.setattr("mockvault.binary.__file__", str(tmp_path / "a" / "b.py"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    with pytest.raises(FileNotFoundError, match="MOCKVAULT_BIN"):
        find_mockvault()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "mockvault").symlink_to(os.path.abspath(program))
    assert find_mockvault() == str(tmp_path / "bin" / "mockvault")


def is_running(pid):
    try:
        with open("/proc/%d/stat" % pid) as f:
            return f.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_it_ends_with_its_process():
    child = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import mockvault, time; print(mockvault.Server().process.pid, "
            "flush=True); time.sleep(600)",
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    pid = int(child.stdout.readline())
    assert is_running(pid)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    end = time.monotonic() + 30
    while is_running(pid):
        assert time.monotonic() < end
        time.sleep(0.001)


@pytest.mark.parametrize("alone", [False, True])
def test_report_without_a_server(alone):
    server = Server()
    vault = Vault(server, "", None)
    server.process.kill()
    server.process.wait()
    assert re.match(r"http://\S+: no journal: ", vault.report())
    server.stop()
