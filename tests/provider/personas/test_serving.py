"""A persona on a real socket: its whole host, met by the doctor and by a run that knows the host alone."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from scim_sim.commands.run import RunOrder, run_command
from scim_sim.commands.safety import Safety
from scim_sim.doctor import preflight
from scim_sim.provider import serve
from scim_sim.provider.personas import like
from scim_sim.target import Auth, Target, load_profile, profile_url


def target(profile: str, host: str, token: str) -> Target:
    """The product on that host."""
    known = load_profile(profile)
    return Target(profile_url(known, host), Auth("Bearer", token), known)


@pytest.mark.socket
@pytest.mark.parametrize(
    ("persona", "switches", "stage", "cause"),
    [
        ("metabase", {}, "discovery", "no-discovery"),
        ("metabase", {"licensed": False}, "licence", "licence"),
        ("metabase", {"enabled": False}, "auth", "token-refused"),
        ("metabase", {"enterprise": False}, "path", "not-found"),
        ("collate", {}, "read", "read"),
        ("collate", {"enabled": False}, "licence", "switched-off"),
        ("openmetadata", {}, "licence", "not-implemented"),
    ],
)
def test_doctor_meets_the_product(persona: str, switches: dict[str, bool], stage: str, cause: str) -> None:
    """Licence, switch, build and missing discovery of a product are each told apart."""
    product = like(persona, values=switches, seed=1)
    with serve(product, base_path="") as serving:
        rows = {row.stage: row for row in preflight(target(persona, serving.url, product.token))}

    assert rows[stage].cause == cause


@pytest.mark.socket
def test_doctor_names_the_product_s_path(capsys: pytest.CaptureFixture[str]) -> None:
    """A URL that ends at the host leads to the web application; the doctor says where SCIM is."""
    product = like("metabase", seed=1)
    with serve(product, base_path="") as serving:
        rows = preflight(Target(serving.url, Auth("Bearer", product.token), load_profile("metabase")))
        url = f"{serving.url}{product.base_path}"
    failed = next(row for row in rows if row.outcome == "fail")

    assert "html" == failed.cause
    assert url in failed.next_step


@pytest.mark.socket
def test_run_needs_host_and_token_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a profile the host is enough; members are told with addresses under the real base path."""
    product = like("metabase", seed=1)
    monkeypatch.setenv("PERSONA_TOKEN", product.token)
    with serve(product, base_path="") as serving:
        order = RunOrder(
            suites=("metabase/okta-users-and-groups",), profile="metabase", host=serving.url, token_env="PERSONA_TOKEN",
            idps=("okta:aiw",), report_dir=tmp_path, formats=("json",), seed=3, quiet=True,
        )  # fmt: skip
        code = run_command(order)
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))

    assert 1 == code
    assert "works-with-deviations" == report["answer"]["okta"]["verdict"]
    assert f"{serving.url}/api/ee/scim/v2/Users/" in json.dumps(report["exchanges"])


@pytest.mark.socket
def test_rotation_by_a_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator's command replaces the token in the product and prints it; no token stands in a file."""
    product = like("metabase", seed=1)
    monkeypatch.setenv("PERSONA_TOKEN", product.token)
    first = product.token
    with serve(product, base_path="") as serving:
        script = tmp_path / "rotate.py"
        script.write_text(
            f"import json, urllib.request as u\nh = {{'X-Metabase-Session': '{product.admin}'}}\n"
            f"r = u.Request('{serving.url}/api/ee/scim/api_key', b'', h, method='POST')\n"
            "print(json.load(u.urlopen(r))['unmasked_key'])\n"
        )
        order = RunOrder(
            suites=("operations/token-rotation",), profile="metabase", host=serving.url, token_env="PERSONA_TOKEN",
            idps=("okta:aiw",), report_dir=tmp_path / "out", seed=3, quiet=True,
            safety=Safety(rotate_command=f'"{sys.executable}" "{script}"'),
        )  # fmt: skip
        run_command(order)
    report = json.loads((tmp_path / "out" / "report.json").read_text("utf-8"))
    passed = {f["check"] for f in report["findings"] if f["verdict"] == "pass"}
    files = [path.read_bytes() for path in (tmp_path / "out").iterdir()]

    assert {"new_token_works", "old_token_is_dead"} <= passed
    assert product.token != first
    assert not any(token.encode() in content for token in (first, product.token) for content in files)


@pytest.mark.socket
def test_command_serves_a_persona(tmp_path: Path) -> None:
    """`serve --like` prints URL, token and the administrator's session, and ends with Ctrl-C."""
    command = [
        sys.executable,
        "-c",
        "from scim_sim.cli import main; main()",
        "serve",
        "--like",
        "metabase:v2",
        "--port",
        "0",
        "--quiet",
    ]
    with subprocess.Popen([*command, "--switch", "licensed=true"], stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        try:
            assert process.stdout is not None
            said = dict(process.stdout.readline().split(maxsplit=1) for _ in range(3))
            url, token, admin = (said[name].strip() for name in ("serving", "token", "admin"))
            answer = requests.get(f"{url}/Users", headers={"Authorization": f"Bearer {token}"}, timeout=5)
            fresh = requests.post(f"{url.removesuffix('/v2')}/api_key", headers={"X-Metabase-Session": admin}, timeout=5)
        finally:
            process.send_signal(signal.SIGINT)

    assert (answer.status_code, fresh.status_code) == (200, 200)
    assert fresh.json()["unmasked_key"].startswith("mb_")
