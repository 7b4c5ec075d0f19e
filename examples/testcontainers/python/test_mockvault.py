import hvac
import pytest
from mockvault_container import MockVaultContainer

SECRET = {"kv": {"secret/app": {"password": "hunter2"}}}


@pytest.fixture(scope="module")
def server():
    with MockVaultContainer() as container:
        yield container.server()


def test_each_test_has_a_space_of_it(server):
    with server.vault() as vault, server.vault() as other:
        vault.populate(SECRET)
        read = vault.client().secrets.kv.v2.read_secret_version
        with vault.outage("sealed"), pytest.raises(hvac.exceptions.VaultDown):
            read("app")
        assert read("app")["data"]["data"] == {"password": "hunter2"}
        vault.verify(times=2, ends_with="success")
        other.verify(times=0)
