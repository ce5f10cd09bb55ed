"""The AWS IAM Identity Center persona keeps to the limits of the implementation guide."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from scim_sim.provider.personas import Product, like
from scim_sim.wire import Request, Response, json_body

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@pytest.fixture
def aws() -> Product:
    """One instance."""
    return like("aws-identity-center", seed=1)


def ask(product: Product, method: str, path: str, body: Any = None, query: str | None = None) -> Response:
    """One request with the token."""
    headers = (("Authorization", f"Bearer {product.token}"), ("Content-Type", "application/scim+json"))
    return product.handle(Request(method, product.base_path + path, query, headers, None if body is None else json_body(body)))


def person(product: Product, **values: Any) -> Response:
    """A create."""
    return ask(product, "POST", "/Users", {"schemas": [USER], "userName": "ada@example.test", "active": True, **values})


def group(product: Product) -> str:
    """The id of a new group."""
    return str(ask(product, "POST", "/Groups", {"schemas": [GROUP], "displayName": "Crew"}).json()["id"])


def patch(product: Product, id: str, *operations: Any) -> Response:
    """A PATCH of a group."""
    return ask(product, "PATCH", f"/Groups/{id}", {"schemas": [PATCH], "Operations": list(operations)})


@pytest.mark.parametrize("name", ["emails", "phoneNumbers", "addresses"])
def test_multi_valued_attributes_hold_one_value(aws: Product, name: str) -> None:
    """Two are refused."""
    two = [{"type": "work", "value": "1", "country": "GB"}, {"type": "home", "value": "2", "country": "GB"}]

    assert 400 == person(aws, **{name: two}).status
    assert 201 == person(aws, **{name: two[:1]}).status


def test_password_is_ignored_or_refused(aws: Product) -> None:
    """The guide says that it is not supported; which of the two is a switch."""
    strict = like("aws-identity-center", values={"refuses_unsupported": True})

    assert person(aws, password="Secret-1").status == 201
    assert person(strict, password="Secret-1").status == 400


@pytest.mark.parametrize(
    ("filter", "status"),
    [
        ('userName eq "a"', 200),
        ('userName eq "a" and active eq true', 200),
        ('userName eq "a" or active eq true', 400),
        ('userName sw "a"', 400),
        ('emails[type eq "work"]', 400),
    ],
)
def test_filters_are_eq_joined_by_and(aws: Product, filter: str, status: int) -> None:
    """Nothing else."""
    assert ask(aws, "GET", "/Users", query="filter=" + quote(filter)).status == status


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "replace", "path": "members", "value": []},
        {"op": "replace", "value": {"members": []}},
        {"op": "remove", "path": "members"},
        {"op": "replace", "path": "meta", "value": "x"},
        {"op": "add", "path": "members", "value": [{"value": str(n)} for n in range(101)]},
    ],
)
def test_change_of_a_group_that_is_refused(aws: Product, operation: dict[str, Any]) -> None:
    """Replacing or removing all members, other attributes, and more than a hundred members at once."""
    assert 400 == patch(aws, group(aws), operation).status


def test_members_are_added_and_removed_by_name(aws: Product) -> None:
    """The forms that work; members are not shown unless a switch says so."""
    showing = like("aws-identity-center", values={"shows_members": True}, seed=1)
    for product, shown in ((aws, 0), (showing, 1)):
        id, ada = group(product), person(product).json()["id"]
        added = patch(product, id, {"op": "add", "path": "members", "value": [{"value": ada}]})
        read = ask(product, "GET", f"/Groups/{id}").json()["members"]
        removed = patch(product, id, {"op": "remove", "path": f'members[value eq "{ada}"]'})

        assert (added.ok, removed.ok, len(read)) == (True, True, shown)


def test_groups_have_no_put_and_lists_are_short(aws: Product) -> None:
    """PUT is refused, and a page holds fifty at most."""
    for number in range(60):
        person(aws, userName=f"u{number}@example.test")

    assert 405 == ask(aws, "PUT", f"/Groups/{group(aws)}", {"schemas": [GROUP], "displayName": "Crew"}).status
    assert 50 == len(ask(aws, "GET", "/Users").json()["Resources"])
