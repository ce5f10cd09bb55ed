"""Scenario files are test items; fixtures connect identity providers to a vendor's own application."""

from __future__ import annotations

import pytest
import requests

import scim_sim.api  # noqa: F401  loaded once: what a run inside a test loads is forgotten after it
from scim_sim.provider import Provider, serve

pytest_plugins = ["pytester"]

STORY = """
title: A joiner
idp: okta:oin
tags: [smoke-test]
directory: {people: [ada]}
steps:
  - assign: ada
  - expect: {user: ada, active: true}
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with one scenario."""
    folder = pytester.mkdir("scenarios")
    (folder / "joiner.yaml").write_text(STORY, "utf-8")
    return pytester


def _run(pytester: pytest.Pytester, *args: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess("-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist", *args)


def test_scenario_is_an_item_and_passes(suite: pytest.Pytester) -> None:
    """One item per scenario and identity provider, with a readable id."""
    result = _run(suite, "--scim-target", "builtin", "-v")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*joiner.yaml::joiner[[]okta:oin[]] PASSED*"])


def test_tags_are_markers(suite: pytest.Pytester) -> None:
    """Tags select, with a hyphen as an underscore."""
    _run(suite, "--scim-target", "builtin", "-m", "smoke_test").assert_outcomes(passed=1)
    _run(suite, "--scim-target", "builtin", "-m", "not smoke_test").assert_outcomes(deselected=1)


def test_failure_tells_the_exchange_and_no_traceback(suite: pytest.Pytester) -> None:
    """What was expected, sent and answered, and a curl line."""
    (suite.path / "scenarios/joiner.yaml").write_text(STORY.replace("active: true", "active: false"), "utf-8")
    result = _run(suite, "--scim-target", "builtin")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the account of ada is not inactive*", "*expected: False*", "*repeat:*curl -sS*$SCIM_TOKEN*"])
    assert "Traceback" not in result.stdout.str()
    assert "pytest_plugin.py" not in result.stdout.str()


def test_mistake_in_a_file_is_a_collection_error_with_its_place(suite: pytest.Pytester) -> None:
    """The message of the loader, with the caret."""
    (suite.path / "scenarios/joiner.yaml").write_text(STORY.replace("- assign", "- asign"), "utf-8")
    result = _run(suite, "--scim-target", "builtin")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(['error: unknown step "asign"', "*scenarios/joiner.yaml:7:5", '*did you mean "assign"?*'])


def test_without_a_target_it_says_what_is_missing(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence and the option."""
    monkeypatch.delenv("SCIM_SIM_TARGET", raising=False)
    result = _run(suite)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*no target given*", "*--scim-target*"])


def test_scenario_that_does_not_apply_is_skipped_with_the_reason(suite: pytest.Pytester) -> None:
    """Not applicable is not a pass."""
    (suite.path / "scenarios/joiner.yaml").write_text(STORY + "requires: [no patch]\n", "utf-8")
    result = _run(suite, "--scim-target", "builtin", "-rs")

    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*only where this does not hold*"])


def test_other_yaml_files_are_left_alone(pytester: pytest.Pytester) -> None:
    """A project's own YAML is nobody's scenario."""
    (pytester.path / "docker-compose.yaml").write_text("services: {}\n", "utf-8")
    (pytester.path / "story.scim.yaml").write_text(STORY, "utf-8")

    _run(pytester, "--scim-target", "builtin").assert_outcomes(passed=1)


def test_a_named_folder_is_collected_when_a_target_is_named_too(pytester: pytest.Pytester) -> None:
    """Nothing collected would look like nothing wrong; without a target, and unnamed, the folder is a project's own."""
    folder = pytester.mkdir("my")
    (folder / "story.yaml").write_text(STORY, "utf-8")
    (folder / "workflow.yaml").write_text("title: Build\njobs: {build: {steps: []}}\n", "utf-8")

    _run(pytester, "my", "--scim-target", "builtin").assert_outcomes(passed=1)
    _run(pytester, "my").assert_outcomes()
    _run(pytester, "--scim-target", "builtin").assert_outcomes()


def test_a_misspelt_key_does_not_hide_a_scenario(suite: pytest.Pytester) -> None:
    """A file without `steps` would never run, and nobody would notice."""
    (suite.path / "scenarios/joiner.yaml").write_text(STORY.replace("steps:", "stepps:"), "utf-8")
    result = _run(suite, "--scim-target", "builtin")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(['*did you mean "steps"?*'])


@pytest.mark.socket
def test_fixtures_in_a_foreign_suite(pytester: pytest.Pytester) -> None:
    """A vendor overrides the target, uses Okta and Entra, and sees a defect fail its test."""
    pytester.makepyfile(
        """
        import pytest
        from scim_sim.target import Auth, Target

        @pytest.fixture
        def scim_target(scim_provider, request):
            served = scim_provider(defect=getattr(request, "param", ()))
            return Target(served.url, Auth("Bearer", served.token))

        def test_okta(okta):
            okta.hire("ada")
            okta.assign("ada")
            assert okta.account("ada")["active"] is True
            okta.check()

        def test_entra(entra):
            entra.hire("nora")
            entra.assign("nora")
            entra.start()
            entra.run_cycle()
            entra.unassign("nora")
            entra.advance("40m")
            assert entra.account("nora")["active"] is False
        """
    )

    _run(pytester).assert_outcomes(passed=2)


def test_wsgi_application_needs_no_socket(pytester: pytest.Pytester) -> None:
    """`scim_app` gives a Flask or Django application."""
    pytester.makepyfile(
        """
        import pytest
        from scim_sim.provider import Provider
        from scim_sim.wire import Request

        @pytest.fixture
        def scim_token():
            return "tok-1234"

        @pytest.fixture
        def scim_app():
            provider = Provider(token="tok-1234", base_url="http://localhost/scim/v2")

            def app(environ, start_response):
                headers = [(k[5:].replace("_", "-"), v) for k, v in environ.items() if k.startswith("HTTP_")]
                headers += [("Content-Type", environ["CONTENT_TYPE"])] if "CONTENT_TYPE" in environ else []
                size = int(environ.get("CONTENT_LENGTH") or 0)
                request = Request(
                    environ["REQUEST_METHOD"], environ["PATH_INFO"].removeprefix("/scim/v2"), environ["QUERY_STRING"] or None,
                    tuple(headers), environ["wsgi.input"].read(size) if size else None,
                )
                response = provider.handle(request)
                start_response(f"{response.status} x", list(response.headers))
                return [response.body]

            return app

        def test_okta(okta):
            okta.hire("ada")
            okta.assign("ada")
            okta.unassign("ada")
            assert okta.account("ada")["active"] is False
            okta.check()
        """
    )

    _run(pytester).assert_outcomes(passed=1)


def test_project_file_gives_what_no_option_gives(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """The target of `scim-sim.toml` is used, and the variable wins over it."""
    monkeypatch.delenv("SCIM_SIM_TARGET", raising=False)
    (suite.path / "scim-sim.toml").write_text('base_url = "builtin"\n[run]\nidp = ["okta"]\n', "utf-8")

    _run(suite).assert_outcomes(passed=1)
    monkeypatch.setenv("SCIM_SIM_IDP", "entra")
    _run(suite).assert_outcomes(passed=0)


def test_last_failed_and_keyword_choose_scenarios(suite: pytest.Pytester) -> None:
    """pytest's own means of choosing work on scenarios."""
    (suite.path / "scenarios/wrong.yaml").write_text(STORY.replace("active: true", "active: false"), "utf-8")
    args = ("-p", "no:randomly", "-p", "no:xdist", "--scim-target", "builtin")

    suite.runpytest_inprocess(*args).assert_outcomes(passed=1, failed=1)
    suite.runpytest_inprocess(*args, "--lf").assert_outcomes(failed=1)
    suite.runpytest_inprocess(*args, "-k", "joiner").assert_outcomes(passed=1, deselected=1)


@pytest.mark.socket
def test_workers_have_name_spaces_of_their_own(suite: pytest.Pytester) -> None:
    """Two processes play the same people on one target, and neither meets the other's."""
    for number in range(6):
        (suite.path / f"scenarios/again-{number}.yaml").write_text(STORY, "utf-8")
    suite.makeconftest("import os\nos.environ['SCIM_TOKEN'] = 'tok-1234'\n")
    provider = Provider(token="tok-1234")
    with serve(provider) as serving:
        args = ("--scim-target", serving.url, "--scim-token-env", "SCIM_TOKEN", "-n", "2", "-p", "no:randomly")
        result = suite.runpytest_subprocess(*args)
        left = requests.get(f"{serving.url}/Users", headers={"Authorization": "Bearer tok-1234"}, timeout=10).json()

    result.assert_outcomes(passed=7)
    assert 0 == left["totalResults"]


def test_html_report_has_columns_and_the_transcript(suite: pytest.Pytester) -> None:
    """Identity provider, requirements, verdict, and every exchange behind a link; a vendor's own tests too."""
    (suite.path / "scenarios/wrong.yaml").write_text(STORY.replace("active: true", "active: false"), "utf-8")
    suite.makepyfile("def test_own(entra):\n    entra.connect()\n")
    result = suite.runpytest_subprocess(
        "-p", "no:randomly", "-p", "no:xdist", "--scim-target", "builtin", "--html", "report.html", "--self-contained-html"
    )
    page = (suite.path / "report.html").read_text("utf-8")

    result.assert_outcomes(passed=2, failed=1)
    for text in ("<th>IdP</th>", "<th>Verdict</th>", "okta:oin", "entra", "okta-expectation", "breaks okta", "Transcript"):
        assert text in page


def test_stale_baseline_fails_the_session(suite: pytest.Pytester) -> None:
    """What is listed and fails is known; what is listed and passes has to leave the list."""
    (suite.path / "scenarios/wrong.yaml").write_text(STORY.replace("active: true", "active: false"), "utf-8")
    (suite.path / "known.txt").write_text("account_is_as_expected wrong # agreed\n", "utf-8")
    args = ("--scim-target", "builtin", "--scim-baseline", "known.txt")

    known = _run(suite, *args)
    known.assert_outcomes(passed=2)
    assert 0 == known.ret

    (suite.path / "known.txt").write_text("account_is_as_expected wrong\naccount_is_as_expected joiner # old\n", "utf-8")
    stale = _run(suite, *args)
    stale.assert_outcomes(passed=2)
    stale.stdout.fnmatch_lines(["*account_is_as_expected joiner/02-expect passes now and must leave the baseline*"])
    assert 1 == stale.ret
