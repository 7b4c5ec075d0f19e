import hvac
import pytest
from testcontainers.community.vault import VaultContainer

# The one line that differs from a test with Vault's image.
IMAGE = "mockvault"


@pytest.fixture(scope="module")
def container():
    fixtures = '{"kv": {"secret/app": {"password": "hunter2"}}}'
    with VaultContainer(IMAGE).with_env("MOCKVAULT_FIXTURES", fixtures) as c:
        yield c


@pytest.fixture
def client(container):
    return hvac.Client(url=container.get_connection_url(),
                       token=container.root_token)


def test_what_it_was_seeded_with(client):
    secret = client.secrets.kv.v2.read_secret_version("app")
    assert secret["data"]["data"] == {"password": "hunter2"}


def test_sealed_for_a_while(container, client):
    container.exec(["mockvault", "ctl", "outage", "sealed"])
    with pytest.raises(hvac.exceptions.VaultDown):
        client.secrets.kv.v2.read_secret_version("app")
    container.exec(["mockvault", "ctl", "outage", "off", "sealed"])
    client.secrets.kv.v2.read_secret_version("app")
