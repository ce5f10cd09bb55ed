"""The probes of the RFCs say nothing worse than a note about a provider that makes a legal choice."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from scim_sim.provider import Call, Draft, Provider, Refusal
from scim_sim.provider.defects.hooks import verb
from scim_sim.provider.defects.operations import refusing_operations
from scim_sim.provider.more_types import WORKPLACE, more_types
from scim_sim.provider.variants import VARIANTS
from scim_sim.scenario.suites import find_scenarios
from scim_sim.scim.urns import ENTERPRISE_USER
from tests.scenario.verdicts import worse_than_notes

Json = dict[str, Any]


def users_in_groups_only(provider: Provider) -> None:
    """Groups in groups are refused (RFC 7643 section 4.2 leaves them to the provider)."""

    def look(call: Call, draft: Draft) -> Draft:
        if any(call.store.get(id, "Group") is not None for id in draft.members):
            raise Refusal(400, "A group cannot be a member", "invalidValue")
        return draft

    provider.members_in_place = False
    provider.seams.store.append(look)


def own_id_only(provider: Provider) -> None:
    """PUT with another id in the body is refused."""

    def look(call: Call, body: Json) -> Json:
        if call.operation == "replace" and body.get("id") not in (None, call.id):
            raise Refusal(400, "The id in the body is not that of the resource", "mutability")
        return body

    provider.seams.body.append(look)


def simple_filters_only(provider: Provider) -> None:
    """Brackets, or and not in filters are refused, and so are some attributes."""
    parse = provider.rules.parse

    def simple(call: Call, text: str) -> Any:
        bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
        if "[" in bare or " or " in bare.lower() or "not (" in bare or bare.startswith((ENTERPRISE_USER, "groups", "addresses")):
            raise Refusal(400, "This provider knows no such filter", "invalidFilter")
        return parse(call, text)

    provider.rules.parse = simple


def badge_on_request(provider: Provider) -> None:
    """An attribute that is set once is shown to those who ask for it by name."""
    types = more_types(provider.catalogue)
    provider.catalogue = types.declaring(WORKPLACE["id"], "badge", returned="request")


def no_null_in_patches(provider: Provider) -> None:
    """replace with null is refused; who wants no value may say remove."""
    hook = refusing_operations(
        lambda item: verb(item) == "replace" and item.get("value", "") is None, 400, "null", "invalidValue"
    )
    hook(provider)


def half_letters_mended(provider: Provider) -> None:
    """Half a surrogate pair becomes the letter that stands for what is no letter, as many languages do it."""

    def mend(call: Call, body: Json) -> Json:
        text = json.dumps(body, ensure_ascii=False).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return dict(json.loads(text))

    provider.seams.body.append(mend)


def no_empty_lists(provider: Provider) -> None:
    """replace with an empty list of addresses is refused; who wants none may say remove."""
    hook = refusing_operations(
        lambda item: item.get("path") == "emails" and item.get("value") == [], 400, "an empty list", "invalidValue"
    )
    hook(provider)


@pytest.mark.parametrize(
    ("choice", "scenario"),
    [
        (badge_on_request, "rfc/create"),
        (no_null_in_patches, "rfc/patch"),
        (no_empty_lists, "rfc/patch"),
        (half_letters_mended, "rfc/error"),
        (users_in_groups_only, "rfc/patch-members"),
        (own_id_only, "rfc/replace"),
        (simple_filters_only, "rfc/filter"),
    ],
)
def test_a_refusal_that_is_legal(choice: Callable[[Provider], None], scenario: str) -> None:
    """What the RFCs leave to the provider may be refused."""
    assert [] == worse_than_notes(choice, [one for one in find_scenarios(("rfc",)) if one.id == scenario])


@pytest.mark.parametrize(
    ("name", "scenarios"),
    [
        ("long-texts-refused", ("rfc/patch", "rfc/create")),
        ("long-filters-refused", ("rfc/filter",)),
        ("few-orders", ("rfc/sort",)),
        ("group-names-without-slash", ("rfc/filter",)),
        ("managers-stay", ("rfc/delete",)),
        ("welcome-page", ("rfc/auth", "rfc/list")),
        ("always-returned", ("rfc/projection", "rfc/search", "rfc/schema")),
        ("extra-attributes", ("rfc/create",)),
    ],
)
def test_a_careful_provider(name: str, scenarios: tuple[str, ...]) -> None:
    """Whoever refuses what nobody has to take, or shows what is declared to be shown, is right."""
    assert [] == worse_than_notes(VARIANTS.get(name).apply, [one for one in find_scenarios(("rfc",)) if one.id in scenarios])


def strangers_are_forbidden(provider: Provider) -> None:
    """A wrong token is refused with 403."""
    authorise = provider.rules.authorise

    def forbid(call: Call) -> None:
        try:
            authorise(call)
        except Refusal as refusal:
            if call.request.header("authorization") is None:
                raise
            raise Refusal(403, "This token opens nothing") from refusal

    provider.rules.authorise = forbid


def test_who_forbids_instead_of_asking_is_open_to_nobody() -> None:
    """403 for a wrong token is not what RFC 6750 wants, and no open door."""
    said = worse_than_notes(strangers_are_forbidden, [one for one in find_scenarios(("rfc",)) if one.id == "rfc/auth"])

    assert said
    assert [] == [one for one in said if "rfc6750-3.1-invalid-token" not in one]


def hides_from_strangers(provider: Provider) -> None:
    """Whoever has no credentials finds nothing, whatever there is."""

    def hide(call: Call) -> None:
        if call.path and call.request.header("authorization") is None:
            raise Refusal(404, "There is nothing here")

    provider.seams.arrive.append(hide)


def test_who_hides_everything_from_strangers_is_told_of_that_alone() -> None:
    """404 instead of 401 is no proof that something was deleted, that bulk is missing, or that an id was looked up."""
    said = worse_than_notes(hides_from_strangers, [one for one in find_scenarios(("rfc",)) if one.id == "rfc/auth"])

    assert any("rfc7644-2-unauthenticated-401" in one for one in said)
    assert [] == [one for one in said if "deleted" in one or "bulk is" in one or "is looked up" in one]


@pytest.mark.parametrize(
    "name",
    [
        "minimal",
        "full-featured",
        "custom-schemas",
        "patch-204",
        "put-keeps-omitted",
        "members-by-id-only",
    ],
)
def test_a_legal_choice(name: str) -> None:
    """All probes, played against the choices that touch most of them."""
    assert [] == worse_than_notes(VARIANTS.get(name).apply, find_scenarios(("rfc",)))
