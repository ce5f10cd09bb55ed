"""Rows and indexes: what is looked up is found, and membership is cheap on both sides."""

from __future__ import annotations

from itertools import count

from scim_sim.clock import SimulatedClock
from scim_sim.provider.store import Index, Store, exact


def store() -> Store:
    """An empty store with the ids 1, 2, 3."""
    numbers = count(1)
    users = (Index("userName"), Index("externalId", exact), Index("emails.value"))
    return Store(SimulatedClock(), lambda: str(next(numbers)), {"User": users, "Group": (Index("displayName"),)})


def test_names_are_found_whatever_their_case_width_or_composition() -> None:
    """userName is compared by what it means, not by how it is encoded (RFC 7644 section 5)."""
    rows = store()
    made = rows.create("User", {"userName": "ＡDA\u0301"})

    assert [made] == rows.find("User", "userName", "adá")


def test_a_case_exact_attribute_is_found_in_its_own_case_only() -> None:
    """externalId is case-exact (RFC 7643 section 3.1)."""
    rows = store()
    made = rows.create("User", {"userName": "ada", "externalId": "Ab"})

    assert ([made], []) == (rows.find("User", "externalId", "Ab"), rows.find("User", "externalId", "ab"))


def test_an_index_follows_changes_and_deletions() -> None:
    """An old value finds nothing after the change, the new one does, and neither after deletion."""
    rows = store()
    made = rows.create("User", {"userName": "ada", "emails": [{"value": "a@x.test"}]})
    rows.replace(made, {"userName": "ada", "emails": [{"value": "b@x.test"}]})

    assert ([], [made]) == (rows.find("User", "emails.value", "a@x.test"), rows.find("User", "emails.value", "b@x.test"))
    rows.delete(made)
    assert [] == rows.find("User", "emails.value", "b@x.test")


def test_results_come_in_order_of_creation() -> None:
    """Two rows under one key keep the order in which they were made, also after one changed away and back."""
    rows = store()
    first, second = rows.create("Group", {"displayName": "a"}), rows.create("Group", {"displayName": "A"})
    rows.replace(first, {"displayName": "b"})
    rows.replace(first, {"displayName": "a"})

    assert [first, second] == rows.find("Group", "displayName", "a")


def test_a_change_is_later_than_the_one_before_even_if_the_clock_stands_still() -> None:
    """lastModified advances with each change and not without one."""
    rows = store()
    made = rows.create("User", {"userName": "ada"})
    before = made.modified
    rows.replace(made, {"userName": "ada", "title": "x"})

    assert before + 1 == made.modified


def test_deleting_a_user_takes_it_out_of_its_groups() -> None:
    """Membership ends on both sides, and the group has changed."""
    rows = store()
    user = rows.create("User", {"userName": "ada"})
    group = rows.create("Group", {"displayName": "g"}, {user.id: {"value": user.id}})
    rows.delete(user)

    assert ({}, 2) == (group.members, group.revision)


def test_deleting_a_group_changes_what_its_members_show() -> None:
    """The former member belongs to nothing and has another version."""
    rows = store()
    user = rows.create("User", {"userName": "ada"})
    group = rows.create("Group", {"displayName": "g"}, {user.id: {"value": user.id}})
    before = user.version
    rows.delete(group)

    assert ([], True) == (rows.groups_of(user.id), user.version != before)
