"""The fixtures in test suites of others: a Flask and a Django application, called in process and on a socket."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

FOREIGN = Path(__file__).parent / "foreign"

TESTS = """
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from {module} import TOKEN, {app} as application
from scim_sim.target import Auth, Target


class Silent(WSGIRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def scim_token():
    return TOKEN


class TestInProcess:
    @pytest.fixture
    def scim_app(self):
        return application

    def test_okta(self, okta):
        okta.hire("ada", title="Analyst")
        okta.assign("ada")
        assert okta.account("ada")["active"] is True
        okta.unassign("ada")
        assert okta.account("ada")["active"] is False

    def test_entra(self, entra):
        entra.hire("nora")
        entra.assign("nora")
        entra.start()
        entra.run_cycle()
        assert entra.account("nora")["active"] is True
        entra.advance("40m")
        assert [] == [trouble for trouble in entra.troubles if "quarantine" in trouble]


class TestOnASocket:
    @pytest.fixture
    def scim_target(self):
        with make_server("127.0.0.1", 0, application, handler_class=Silent) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield Target(f"http://127.0.0.1:{{server.server_port}}/scim/v2", Auth("Bearer", TOKEN))
            server.shutdown()

    def test_groups(self, okta_oin, scim):
        okta_oin.hire("ada")
        okta_oin.hire("bob")
        okta_oin.create_group("pilots", members=["ada", "bob"])
        okta_oin.assign(["ada", "bob"])
        okta_oin.push_group("pilots")
        assert okta_oin.members("pilots") == {{"ada", "bob"}}
        okta_oin.remove_members("pilots", ["bob"])
        assert okta_oin.members("pilots") == {{"ada"}}

    def test_wrong_expectation_fails_with_the_exchange(self, okta):
        okta.hire("ada")
        okta.assign("ada")
        okta.expect(user="ada", active=False)
"""


@pytest.mark.socket
@pytest.mark.parametrize(
    ("module", "app", "passed", "failed"),
    [
        ("flask_app", "app", 3, 1),
        ("django_project", "application", 2, 2),  # the library answers 501 to the removal of a member by filter
    ],
)
def test_fixtures_exercise_an_application_of_others(
    module: str, app: str, passed: int, failed: int, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People come and go, groups are pushed, and what fails is told with the exchange and without our frames."""
    shutil.copytree(FOREIGN, pytester.path, dirs_exist_ok=True)
    monkeypatch.setenv("STAFF_DB", str(pytester.path / "staff.sqlite3"))
    pytester.makepyfile(test_scim=TESTS.format(module=module, app=app))
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:randomly")

    result.assert_outcomes(passed=passed, failed=failed)
    result.stdout.fnmatch_lines(["*the account of ada is not inactive*", "*repeat:*curl -sS*$SCIM_TOKEN*"])
    assert "scim_sim/api.py" not in result.stdout.str()
