"""What is known of a service provider: shipped profiles load, own ones explain their mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from scim_sim.errors import UsageError
from scim_sim.idp import ENGINES
from scim_sim.scenario.suites import suite_names
from scim_sim.scim.requirements import catalogue
from scim_sim.target.profile import CONFIDENCES, load_profile, profile_names, profile_url

IDS = [name for stem in profile_names() for name in (stem, *(f"{stem}:{variant}" for variant in load_profile(stem).variants))]


@pytest.mark.parametrize("name", IDS)
def test_shipped_profile_loads_and_is_complete(name: str) -> None:
    """Every shipped profile and variant loads, says whom it predicts for, and gives a source for each row."""
    profile = load_profile(name)

    assert profile.id == name
    assert profile.title
    assert profile.checklist
    assert all(row.source and row.confidence in CONFIDENCES for row in profile.known_deviations)
    assert all(row.why and row.source for row in profile.predictions)
    assert len({row.requirement for row in profile.known_deviations}) == len(profile.known_deviations)


@pytest.mark.parametrize("name", IDS)
def test_deviations_are_from_requirements_of_the_catalogue(name: str) -> None:
    """A known deviation names a requirement that a finding can be about, and profiles name suites and engines that exist."""
    profile = load_profile(name)

    assert [] == [row.requirement for row in profile.known_deviations if row.requirement not in catalogue()]
    assert [] == [suite for suite in profile.suites if suite not in suite_names()]
    assert {row.idp.partition(":")[0] for row in profile.predictions} <= set(ENGINES.names())
    assert set(profile.groups) <= {*ENGINES.names(), "rfc"}


def test_variant_adds_to_its_product() -> None:
    """The first Metabase has everything Metabase has, and refuses PATCH without path besides."""
    plain, first = load_profile("metabase"), load_profile("metabase:v1")

    assert plain.deviation("rfc7644-3.5.2.3-replace-no-path") is None
    assert first.deviation("rfc7644-3.5.2.3-replace-no-path") is not None
    assert len(first.known_deviations) == len(plain.known_deviations) + 1


def test_prediction_of_an_idp_variant_falls_back_to_the_idp() -> None:
    """What is known of Okta holds for both of its clients where nothing special is known of one."""
    profile = load_profile("metabase:v1")
    oin, aiw = profile.prediction("okta:oin"), profile.prediction("okta:aiw")

    assert oin is not None
    assert aiw is not None
    assert (oin.users, aiw.users) == ("partly", "yes")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("bi.example.test", "https://bi.example.test/api/ee/scim/v2"),
        ("https://bi.example.test/", "https://bi.example.test/api/ee/scim/v2"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000/api/ee/scim/v2"),
        ("https://bi.example.test/api/ee/scim/v2/", "https://bi.example.test/api/ee/scim/v2"),
        ("https://bi.example.test/api", "https://bi.example.test/api/ee/scim/v2"),
        ("https://bi.example.test/metabase", "https://bi.example.test/metabase/api/ee/scim/v2"),
    ],
)
def test_host_is_enough(host: str, url: str) -> None:
    """The base URL of a known product follows from its host, whatever part of the path was given already."""
    assert profile_url(load_profile("metabase"), host) == url


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a list", "is not a mapping"),
        ("name: [", "is not valid YAML"),
        ("baze_path: /scim", 'unknown key "baze_path": did you mean "base_path"?'),
        ("groups: yes", '"groups" of the profile'),
        ("known_deviations: {}", '"known_deviations" of the profile'),
        ("known_deviations: [{requirement: r, wat: w}]", 'unknown key "wat": did you mean "what"?'),
        ("known_deviations: [{requirement: r}]", "incomplete row"),
        ("known_deviations: [{requirement: r, what: w, source: s, confidence: guessed}]", 'confidence is "guessed"'),
        ("predictions: [{idp: okta, users: maybe, groups: 'no', why: w, source: s}]", 'users is "maybe"'),
        ("variants: [v1]", '"variants" of the profile'),
    ],
)
def test_mistake_in_an_own_profile_is_named(tmp_path: Path, text: str, said: str) -> None:
    """A profile file with a mistake gives one message with the place and the nearest valid word."""
    path = tmp_path / "mine.yaml"
    path.write_text(text, "utf-8")

    with pytest.raises(UsageError) as caught:
        load_profile(str(path))

    assert said in caught.value.message


def test_own_profile_and_its_variant(tmp_path: Path) -> None:
    """A profile file is loaded by its path, its variant by the name behind a colon."""
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\nbase_path: /scim\nvariants: {old: {title: the old one, base_path: /v1}}\n", "utf-8")

    assert "/scim" == load_profile(str(path)).base_path
    assert "/v1" == load_profile(f"{path}:old").base_path


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("metabse", 'unknown target profile "metabse": did you mean "metabase"?'),
        ("metabase:v9", 'the profile metabase has no variant "v9"'),
        ("nowhere.yaml", "the profile file nowhere.yaml cannot be read"),
    ],
)
def test_unknown_profile_is_named_with_the_nearest(name: str, said: str) -> None:
    """A misspelt profile, variant or file gives one message."""
    with pytest.raises(UsageError) as caught:
        load_profile(name)

    assert said in caught.value.message
