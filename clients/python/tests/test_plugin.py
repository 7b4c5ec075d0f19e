import pytest


def test_a_failed_test_shows_what_came(pytester):
    pytester.makepyfile(
        """
        def test_app(mockvault_space, mockvault_client):
            mockvault_space.outage("storage-error", match={"path": "secret/**"})
            mockvault_client.secrets.kv.v2.read_secret_version("app")
        """
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(failed=1)
    result.stdout.re_match_lines(
        [
            r"-+ mockvault -+",
            r"http\S+, last requests:",
            r"SEQ +METHOD +PATH +STATUS",
            r"1 +GET +secret/data/app +500 .* storage-error +respond",
            r"rule storage-error matched 1 acted 1: .*secret/",
            r"outage .*storage-error.1",
        ]
    )


def test_markers(pytester):
    pytester.makefile(".json", vault='{"kv": {"secret/app": {"k": "v"}}}')
    pytester.makepyfile(
        """
        import hvac
        import pytest

        pytestmark = pytest.mark.mockvault_fixtures("vault.json")

        def read(client, path="app"):
            kv = client.secrets.kv.v2
            return kv.read_secret_version(path)["data"]["data"]

        def test_module(mockvault_client):
            assert read(mockvault_client) == {"k": "v"}

        @pytest.mark.mockvault_fixtures({"kv": {"secret/app": {"k": "w"}}})
        @pytest.mark.mockvault_clock(mode="frozen", now="2030-01-01T00:00:00Z")
        def test_test(mockvault_client, mockvault_space):
            assert read(mockvault_client) == {"k": "w"}
            assert mockvault_space.clock.now().year == 2030

        @pytest.mark.mockvault_outage("sealed")
        def test_outage(mockvault_client):
            with pytest.raises(hvac.exceptions.VaultDown):
                read(mockvault_client)

        @pytest.mark.mockvault_rule(then=[{"respond": {"status": 403}}])
        def test_rule(mockvault_client):
            with pytest.raises(hvac.exceptions.Forbidden):
                read(mockvault_client)

        @pytest.mark.mockvault_server("-vault-version=2.0.0")
        def test_version(mockvault_client):
            status = mockvault_client.sys.read_seal_status()
            assert status["version"] == "2.0.0"

        @pytest.mark.mockvault_scenario("seal-incident", begin="now")
        def test_scenario(mockvault_client):
            assert read(mockvault_client) == {"k": "v"}
        """
    )
    result = pytester.runpytest_subprocess("--strict-markers")
    result.assert_outcomes(passed=6, errors=1)
    result.stdout.fnmatch_lines(
        ["*ClaimError: a token serves*", "*GET *secret/data/app *200*"]
    )


@pytest.mark.parametrize("workers", ["0", "2"])
def test_each_test_has_its_own(pytester, workers):
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("n", range(8))
        def test_own(mockvault_client, mockvault_space, n):
            kv = mockvault_client.secrets.kv.v2
            kv.create_or_update_secret("app", {"n": n}, cas=0)
            assert kv.read_secret_version("app")["data"]["data"] == {"n": n}
            assert len(mockvault_space.requests()) == 2
        """
    )
    result = pytester.runpytest_subprocess("-n", workers)
    result.assert_outcomes(passed=8)
