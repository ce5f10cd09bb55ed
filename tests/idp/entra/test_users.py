"""What happens to people: created, changed, disabled, renamed, restored, deleted, and taken over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.idp.entra.conftest import EMPTY, Story, answer, found

Make = Callable[..., Story]
OFF = "PATCH /Users/{id} Replace active=False"
ON = "PATCH /Users/{id} Replace active=True"
READ = "GET /Users/{id}"


@pytest.fixture
def ada(entra: Make) -> Callable[..., Story]:
    """Ada alone, assigned and created; takes what `entra` takes."""

    def make(**options: Any) -> Story:
        story = entra(**{"groups": False, **options})
        story.hire("ada")
        return story.started("ada")

    return make


def test_unassigned_user_is_disabled_once_and_comes_back_under_the_same_id(ada: Make) -> None:
    """Unassigning disables without a read; nothing more is sent; assigning again reads by id and enables."""
    story = ada()
    story.do("unassign", person="ada")

    assert [OFF] == story.cycle()
    story.update("ada", title="Lead")
    assert [] == story.cycle()
    story.do("assign", person="ada")
    assert [READ, "PATCH /Users/{id} Replace active=True, Add title=Lead"] == story.cycle()
    assert story.account("ada")["active"] is True


def test_switched_off_account_is_disabled_and_enabled(ada: Make) -> None:
    """accountEnabled false disables, true enables."""
    story = ada()
    story.directory.deactivate("ada", story.at)
    assert [OFF] == story.cycle()
    story.directory.reactivate("ada", story.at)
    assert [READ, ON] == story.cycle()


def test_switched_off_account_is_left_alone_by_the_other_reading(ada: Make) -> None:
    """With the trait off, accountEnabled does not reach the stock mapping, and nothing is written."""
    story = ada(disable_when_account_disabled=False)
    story.directory.deactivate("ada", story.at)

    assert [READ] == story.cycle()


def test_mapping_of_account_enabled_disables_those_who_are_switched_off_alone(ada: Make) -> None:
    """With active mapped to accountEnabled a switched-off account is disabled, and who loses the assignment stays active."""
    story = ada(mapping={"active": "accountEnabled"}, disable_when_account_disabled=False)
    story.do("unassign", person="ada")
    assert [] == story.cycle()
    assert [True] == [user.active for user in story.engine.expected().users]
    story.do("assign", person="ada")
    story.directory.deactivate("ada", story.at)
    assert [READ, OFF] == story.cycle()
    assert [False] == [user.active for user in story.engine.expected().users]


def test_disabled_user_is_never_created(entra: Make) -> None:
    """Who is switched off in Entra ID before the first cycle is skipped."""
    story = entra(groups=False)
    story.hire("ada")
    story.directory.deactivate("ada", story.at)
    story.do("assign", person="ada")
    story.do("start")

    assert [] == story.cycle()
    assert [("other", "skipped", "NotActiveInSource")] == story.entries()


def test_recycle_bin_renames_and_restore_renames_back(ada: Make) -> None:
    """A soft delete sends the renamed userName with active; a restore searches first, then patches the stored id."""
    story = ada(object_ids={"ada": "1f2e3d4c-5b6a-7988-0011-223344556677"})
    story.directory.delete("ada", story.at)
    renamed = "1f2e3d4c5b6a79880011223344556677ada@contoso.example"

    assert [f"PATCH /Users/{{id}} Replace userName={renamed}, Replace active=False"] == story.cycle()
    assert renamed == story.engine.expected().users[0].user_name
    story.directory.restore("ada", story.at)
    restored = "PATCH /Users/{id} Replace userName=ada@contoso.example, Replace active=True"
    assert ["GET /Users?userName", restored] == story.cycle()


def test_recycle_bin_without_renaming(ada: Make) -> None:
    """With the trait off a soft delete is a plain disable, and a restore a plain update."""
    story = ada(soft_delete_renames=False)
    story.directory.delete("ada", story.at)
    assert [OFF] == story.cycle()
    story.directory.restore("ada", story.at)
    assert [READ, ON] == story.cycle()


def test_thirty_days_in_the_bin_delete_for_good(ada: Make) -> None:
    """DELETE comes 30 days after the soft delete, in the first cycle after, and never before."""
    story = ada()
    story.directory.delete("ada", story.at)
    story.cycle()
    story.do("pause")
    story.engine.clock.sleep(29 * 86400)
    story.do("start")
    assert [] == story.cycle()
    story.engine.clock.sleep(86400)

    assert ["DELETE /Users/{id}"] == story.cycle()
    assert [("ada", True)] == [(user.key, user.absent) for user in story.engine.expected().users]
    assert "purged" == story.directory.person("ada").status


def test_unassigned_first_is_never_deleted(ada: Make) -> None:
    """Who was unassigned before is not managed any more: no DELETE when the user is purged."""
    story = ada()
    story.do("unassign", person="ada")
    story.cycle()
    story.directory.delete("ada", story.at)
    assert [] == story.cycle()
    story.directory.purge("ada", story.at)
    assert [] == story.cycle()


@pytest.mark.parametrize(("missed", "sent"), [(True, ["DELETE /Users/{id}"]), (False, [])])
def test_deleted_softly_and_for_good_between_two_cycles(ada: Make, missed: bool, sent: list[str]) -> None:
    """By the documentation it is a DELETE; one report saw nothing."""
    story = ada(delete_when_missed=missed)
    story.directory.delete("ada", story.at)
    story.directory.purge("ada", story.at)

    assert sent == story.cycle()


def test_target_without_soft_delete_gets_delete(ada: Make) -> None:
    """Where active is not mapped, any of the disable events is a DELETE."""
    story = ada(mapping={"active": None})
    story.do("unassign", person="ada")

    assert ["DELETE /Users/{id}"] == story.cycle()


def test_deleted_already_counts_as_deleted(ada: Make) -> None:
    """404 on DELETE is success."""
    story = ada()
    story.directory.purge("ada", story.at)

    story.by_hand(answer(404))

    assert [] == story.engine.troubles
    assert [("ada", True)] == [(user.key, user.absent) for user in story.engine.expected().users]


@pytest.mark.parametrize(
    ("actions", "event", "sent"),
    [
        (["update", "delete"], "hire", ["GET /Users?userName"]),
        (["create", "delete"], "unassign", []),
        (["create", "delete"], "update", [READ]),
        (["create", "update"], "purge", []),
    ],
)
def test_unticked_action_is_not_taken(ada: Make, actions: list[str], event: str, sent: list[str]) -> None:
    """Without Create no POST, without Update no change and no disable, without Delete no DELETE."""
    story = ada()
    story.do("set traits", traits={"actions": actions})
    if event == "hire":
        story.hire("bob")
        story.do("assign", person="bob")
    elif event == "unassign":
        story.do("unassign", person="ada")
    elif event == "update":
        story.update("ada", title="Lead")
    else:
        story.directory.purge("ada", story.at)

    assert sent == story.cycle()


def test_cleared_value_is_not_sent(ada: Make) -> None:
    """Clearing a source value sends neither Remove nor null."""
    story = ada()
    story.update("ada", title="Lead")
    story.cycle()
    story.update("ada", title="")

    assert [READ] == story.cycle()


def test_add_where_the_answer_has_nothing_and_replace_where_it_has_another(ada: Make) -> None:
    """An empty string in the answer counts as missing."""
    story = ada()
    story.update("ada", given_name="Ada", family_name="Lovelace")
    present = {
        "id": "1",
        "userName": "ada@contoso.example",
        "active": True,
        "displayName": "Ada",
        "name": {"givenName": "", "familyName": "King"},
    }

    _, patch = story.by_hand(answer(200, present), answer(204))

    operations = [(o["op"], o["path"]) for o in patch.json()["Operations"]]
    assert [("Add", "name.givenName"), ("Replace", "name.familyName"), ("Add", "name.formatted")] == operations


def test_letter_case_alone_is_no_difference(ada: Make) -> None:
    """A target that stores user names in small letters is not patched for that, unless the attribute is caseExact."""
    story = ada()
    story.update("ada", title="LEAD")
    present = {"id": "1", "userName": "ADA@contoso.example", "active": True, "displayName": "Ada", "title": "Lead"}
    assert 1 == len(story.by_hand(answer(200, present)))

    story.do("set traits", traits={"case_exact": ["title"]})
    story.update("ada", department="Sales")
    story.update("ada", department="")
    assert 2 == len(story.by_hand(answer(200, present), answer(204)))


@pytest.mark.parametrize("value", ["True", "true", True])
def test_boolean_in_any_form_is_understood(ada: Make, value: Any) -> None:
    """active as text in an answer is the boolean it means."""
    story = ada()
    story.update("ada", title="Lead")
    present = {"id": "1", "userName": "ada@contoso.example", "active": value, "displayName": "Ada", "title": "Lead"}

    assert 1 == len(story.by_hand(answer(200, present)))


def test_several_hits_are_duplicates(entra: Make) -> None:
    """Two accounts that answer to the matching attribute fail the user, and nothing is written."""
    story = entra(groups=False)
    story.hire("ada")
    story.do("assign", person="ada")
    story.do("start")
    one, two = ({"id": n, "userName": "ada@contoso.example"} for n in "12")

    story.by_hand(found(one, two))

    assert ["DuplicateTargetEntries"] == story.messages()
    assert "entra-match" == story.engine.troubles[0].need


def test_stranger_in_the_answer_is_not_taken_over(entra: Make) -> None:
    """An answer that ignores the filter and returns somebody else never leads to a write."""
    story = entra(groups=False)
    story.hire("ada")
    story.do("assign", person="ada")
    story.do("start")

    story.by_hand(found({"id": "1", "userName": "root@contoso.example"}))

    assert ["SystemForCrossDomainIdentityManagementServiceIncompatible"] == story.messages()
    assert "the filter was ignored" in story.engine.troubles[0].message


def test_two_source_users_on_one_account_are_the_directory_s_fault(entra: Make) -> None:
    """The second person who matches an account that is linked already fails, and the target is not to blame."""
    story = entra(groups=False)
    story.hire("ada")
    story.hire("eve", user_name="ada@contoso.example")
    story.started("ada", "eve")

    assert [] == story.engine.troubles
    assert ("update", "failure", "DuplicateSourceEntries") == story.entries()[-1]


def test_matching_attributes_are_tried_in_order(entra: Make) -> None:
    """The first one that hits wins; without a value for any of them the user is skipped."""
    mapping = {"userName": {"source": "userPrincipalName", "match": 2}, "externalId": {"source": "employeeId", "match": 1}}
    story = entra(groups=False, mapping=mapping)
    story.hire("ada", employee_number="70")
    story.hire("bob")
    story.do("assign", person=["ada", "bob"])
    story.do("start")

    asked = ["GET /Users?externalId", "GET /Users?userName"]
    assert [*asked, "POST /Users ada@contoso.example", asked[1], "POST /Users bob@contoso.example"] == story.cycle()


def test_user_without_a_matching_value_is_skipped(entra: Make) -> None:
    """No value for the matching attribute: ImportSkipped."""
    story = entra(groups=False, mapping={"userName": "userPrincipalName", "externalId": {"source": "employeeId", "match": 1}})
    story.hire("ada")

    story.started("ada")

    assert [("other", "skipped", "ImportSkipped")] == story.entries()


def test_matching_value_with_quotes_cannot_be_queried(entra: Make) -> None:
    """A quotation mark in the matching attribute fails the user before anything is sent, without blame."""
    story = entra(groups=False)
    story.hire("ada", user_name='a"da@contoso.example')
    story.do("assign", person="ada")
    story.do("start")

    assert [] == story.cycle()
    assert [] == story.engine.troubles
    assert [("create", "failure", "InvalidFilterValue")] == story.entries()


def test_guest_loses_the_tenant_s_part_of_the_name(entra: Make) -> None:
    """#EXT# and the tenant's domain are stripped; originalUserPrincipalName keeps them."""
    guest = "ada_else.example#EXT#@contoso.example"
    story = entra(groups=False, mapping={"nickName": "originalUserPrincipalName"})
    story.hire("ada", user_name=guest)
    story.started("ada")

    assert "ada@else.example" == story.account("ada")["userName"]
    assert guest == story.account("ada")["nickName"]


def test_linked_id_that_is_gone_fails_until_links_are_reset(ada: Make) -> None:
    """404 on a linked id is InvalidAnchor; a restart without links creates the user anew."""
    story = ada()
    story.update("ada", title="Lead")
    story.before = lambda request: answer(404) if request.method == "GET" and "/Users/" in request.path else None
    assert [READ] == story.cycle()
    assert ["InvalidAnchor"] == story.messages()
    assert "entra-update" == story.engine.troubles[0].need
    story.before = lambda request: found() if "filter=userName" in (request.query or "") else None
    story.do("restart", clear=["Full"])

    assert ["GET /Users?userName", "POST /Users ada@contoso.example"] == story.cycle()


def test_linked_id_that_is_gone_is_matched_again_by_the_other_reading(ada: Make) -> None:
    """With the trait `rematch` the user is looked up and created again."""
    story = ada(on_missing_anchor="rematch")
    story.update("ada", title="Lead")

    sent = story.by_hand(answer(404), found(), answer(201, {"id": "2"}))

    assert ["GET", "GET", "POST"] == [request.method for request in sent]


def test_manager_waits_for_both_and_is_not_cleared(entra: Make) -> None:
    """The manager follows when both are there, is replaced when another comes, and stays when taken away."""
    story = entra(groups=False)
    story.hire("max")
    story.hire("eva")
    story.hire("ada", manager="max")
    story.started("ada")
    assert ("update", "warning", "UnableToResolveReferenceAttributeValue") == story.entries()[-1]
    story.do("assign", person=["max", "eva"])
    created = [part for key in ("max", "eva") for part in ("GET /Users?userName", f"POST /Users {key}@contoso.example")]
    assert created == story.cycle()
    story.do("restart")
    ids = {user.key: user.resource_id for user in story.engine.expected().users}
    assert [READ, READ, READ, f"PATCH /Users/{{id}} Add manager={ids['max']}"] == story.cycle()
    story.update("ada", manager="eva")
    assert [READ, f"PATCH /Users/{{id}} Replace manager={ids['eva']}"] == story.cycle()
    story.update("ada", manager="")
    assert [READ] == story.cycle()


def test_manager_is_cleared_where_the_test_tools_do(entra: Make) -> None:
    """With the trait on, taking the manager away sends an empty text."""
    story = entra(groups=False, clear_reference=True)
    story.hire("max")
    story.hire("ada", manager="max")
    story.started("max", "ada")
    story.update("ada", manager="")

    assert [READ, "PATCH /Users/{id} Replace manager="] == story.cycle()


def test_attribute_of_an_unusual_extension_comes_in_the_next_cycle(entra: Make) -> None:
    """A custom attribute whose URN has not the usual form is left out of the create body and patched 40 minutes later."""
    number = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber"
    story = entra(groups=False, mapping={"urn:contoso:1.0:User:badge": "employeeId", number: None})
    story.hire("ada", employee_number="70")
    story.do("assign", person="ada")
    story.do("start")
    _, create = story.by_hand(answer(200, EMPTY), answer(201, {"id": "1"}))
    _, patch = story.by_hand(
        answer(200, {"id": "1", "userName": "ada@contoso.example", "active": True, "displayName": "Ada"}), answer(204)
    )

    assert "badge" not in (create.body or b"").decode()
    assert [{"op": "Add", "path": "urn:contoso:1.0:User:badge", "value": "70"}] == patch.json()["Operations"]


def test_usual_extension_is_in_the_body_and_not_in_schemas(entra: Make) -> None:
    """The object of a custom extension is in the create body, its URN is not among the schemas."""
    urn = "urn:ietf:params:scim:schemas:extension:Contoso:2.0:User"
    story = entra(groups=False, mapping={f"{urn}:badge": "employeeId"})
    story.hire("ada", employee_number="70")
    story.do("assign", person="ada")
    story.do("start")
    _, create = story.by_hand(answer(200, EMPTY), answer(201, {"id": "1"}))

    assert {"badge": "70"} == create.json()[urn]
    assert urn not in create.json()["schemas"]
