"""Every published exchange, request by request: method, path, query text, headers in order, body byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scim_sim.idp.entra.dialects import FLAG
from scim_sim.wire import Request
from tests.idp.entra.conftest import EMPTY, Story, answer, found, golden_exchange

Make = Callable[..., Story]
NORA: dict[str, Any] = {
    "user_name": "nora.feld@contoso.example", "given_name": "Nora", "family_name": "Feld", "display_name": "Nora Feld",
    "email": "nora.feld@contoso.example", "mail_nickname": "nfeld", "title": "Analyst", "phone": "555-0101", "mobile": "555-0102",
    "office": "B2-114", "street": "12 Quay Rd", "city": "Leith", "region": "LTH", "postal_code": "EH6", "country": "GB",
    "preferred_language": "en", "employee_number": "70112", "department": "Finance",
}  # fmt: skip
NOT_FORMATTED = {"users": {"name.formatted": None}}
IDS = {"nora": "1f2e3d4c-5b6a-7988-0011-223344556677", "readers": "c0ffee00-1111-4222-8333-444455556666"}


def linked(story: Story, **values: Any) -> Story:
    """Nora is in the directory, assigned, and linked to user 501."""
    story.hire("nora", **{**NORA, **values})
    story.do("assign", person="nora")
    story.do("start")
    _, created = golden_exchange("x03")
    story.by_hand(answer(200, EMPTY), created)
    return story


def grouped(story: Story) -> Story:
    """Nora is linked to 501, and the assigned team of which she is a member to group g-31."""
    story.hire("nora", **NORA)
    story.team("readers", "BI Readers", "nora")
    story.do("assign", group="readers")
    story.do("start")
    _, user = golden_exchange("x03")
    _, group = golden_exchange("x14")
    story.by_hand(answer(200, EMPTY), user, answer(200, EMPTY), answer(200, EMPTY), group, answer(204))
    return story


def same_but_guid(expected: Request, actual: Request) -> None:
    """Compare two probes, whose GUIDs differ."""
    start, end = "userName+eq+%22", "%22"
    assert expected.query is not None
    assert actual.query is not None
    guid = actual.query.partition(start)[2].removesuffix(end)

    assert len("b7c1f0de-52aa-4a0e-9d0b-3f1f6f0c2e11") == len(guid)
    assert [8, 13, 18, 23] == [n for n, char in enumerate(guid) if char == "-"]
    assert expected.with_headers(()).headers == actual.with_headers(()).headers
    assert expected.headers == actual.headers
    assert expected.query.partition(start)[:2] == actual.query.partition(start)[:2]
    assert (expected.method, expected.path, expected.body) == (actual.method, actual.path, actual.body)


def test_connection_test_looks_up_a_random_guid(entra: Make) -> None:
    """Test Connection asks for a user that cannot exist, with Authorization and ADSCIMVersion and nothing else."""
    request, response = golden_exchange("x01")
    story = entra()

    [sent] = story.play(story.engine.connect(), response)

    same_but_guid(request, sent)


def test_user_is_matched_and_created(entra: Make) -> None:
    """A new user is looked up by userName, then created with every mapped attribute."""
    (lookup, nobody), (create, created) = golden_exchange("x02"), golden_exchange("x03")
    story = entra()
    story.hire("nora", **NORA)
    story.do("assign", person="nora")
    story.do("start")

    sent = story.by_hand(nobody, created, answer(200, EMPTY))

    assert [lookup, create] == sent[:2]


def test_update_reads_by_id_and_patches_differences(entra: Make) -> None:
    """In the legacy dialect each difference is an operation with a path; what the answer lacks is added."""
    (read, present), (patch, done) = golden_exchange("x04"), golden_exchange("x05")
    few = {
        "title": "",
        "phone": "",
        "mobile": "",
        "office": "",
        "street": "",
        "city": "",
        "region": "",
        "postal_code": "",
        "country": "",
    }
    none = {"mail_nickname": "", "preferred_language": "", "employee_number": "", "department": ""}
    story = linked(entra(groups=False, mapping=NOT_FORMATTED), **few, **none)
    story.update(
        "nora", display_name="Nora Feld-Ott", email="nora.ott@contoso.example", family_name="Feld-Ott", department="Treasury",
        mobile="555-0199",
    )  # fmt: skip

    sent = story.by_hand(present, done)

    assert [read, patch] == sent


def test_update_with_the_flag_bundles(entra: Make) -> None:
    """With the flag, filter paths come one by one, everything else in one operation without path per verb."""
    patch, done = golden_exchange("x06")
    few = {"phone": "", "mobile": "", "office": "", "street": "", "city": "", "region": "", "postal_code": "", "country": ""}
    story = linked(entra("optscim", groups=False), **few, mail_nickname="", preferred_language="", employee_number="", title="")
    story.update(
        "nora", display_name="Nora Ott", email="nora.ott@contoso.example", family_name="Ott", department="Treasury",
        title="Lead Analyst",
    )  # fmt: skip
    present = {
        "id": "501", "userName": "nora.feld@contoso.example", "active": True, "displayName": "Nora Feld",
        "name": {"familyName": "Feld", "givenName": "Nora"}, "emails": [{"type": "work", "value": "nora.feld@contoso.example"}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Finance"},
    }  # fmt: skip

    sent = story.by_hand(answer(200, present), done)

    assert [patch] == sent[1:]


def test_manager_is_a_bare_id_in_its_own_patch(entra: Make) -> None:
    """The manager follows once both users exist, as the target's id on the full URN path."""
    patch, done = golden_exchange("x07")
    story = entra(groups=False)
    story.hire("max", user_name="max@contoso.example")
    story.hire("nora", **NORA, manager="max")
    story.do("assign", person=["max", "nora"])
    story.do("start")
    _, created = golden_exchange("x03")

    sent = story.by_hand(answer(200, EMPTY), answer(201, {"id": "90"}), answer(200, EMPTY), created, done)

    assert patch == sent[-1]


def test_roles_travel_as_json_text(entra: Make) -> None:
    """AppRoleAssignmentsComplex adds each role as JSON text inside value."""
    patch, done = golden_exchange("x08")
    mapping = {"users": {"only": True, "userName": {"source": "userPrincipalName", "match": 1},
                         "roles": "AppRoleAssignmentsComplex([appRoleAssignments])"}}  # fmt: skip
    story = linked(entra(groups=False, mapping=mapping))
    story.do("assign", person="nora", role={"id": "5a1c…e2", "value": "Editor"})

    sent = story.by_hand(answer(200, {"id": "501", "userName": "nora.feld@contoso.example"}), done)

    assert [patch] == sent[1:]


def test_disable_sends_false_as_text(entra: Make) -> None:
    """A user who lost the assignment is disabled with the text "False"."""
    patch, done = golden_exchange("x09")
    story = linked(entra(groups=False))
    story.do("unassign", person="nora")

    sent = story.by_hand(done)

    assert [patch] == sent


def test_soft_delete_renames_and_restore_renames_back(entra: Make) -> None:
    """A soft delete sends 32 hexadecimal digits in front of the userName; the restore searches, finds none, and patches."""
    (delete, done), (restore, restored), (lookup, nobody) = (golden_exchange(name) for name in ("x10", "x11", "x02"))
    story = linked(entra(groups=False, object_ids=IDS))
    story.directory.delete("nora", story.at)
    first = story.by_hand(done)
    story.directory.restore("nora", story.at)
    second = story.by_hand(nobody, restored)

    assert [delete] == first
    assert [lookup, restore] == second


def test_purge_deletes(entra: Make) -> None:
    """A user who is deleted for good is deleted in the target."""
    delete, done = golden_exchange("x12")
    story = linked(entra(groups=False))
    story.directory.purge("nora", story.at)

    sent = story.by_hand(done)

    assert [delete] == sent


def test_group_is_looked_up_without_members_and_created_empty(entra: Make) -> None:
    """A group is looked up with excludedAttributes=members, created without members, and filled one member a PATCH."""
    (lookup, nobody), (create, created), (add, done) = (golden_exchange(name) for name in ("x13", "x14", "x15"))
    story = entra(object_ids=IDS)
    story.hire("nora", **NORA)
    story.team("readers", "BI Readers", "nora")
    story.do("assign", group="readers")
    story.do("start")
    _, user = golden_exchange("x03")

    sent = story.by_hand(answer(200, EMPTY), user, answer(200, EMPTY), nobody, created, done)

    assert [lookup, create, add] == sent[3:]


@pytest.mark.parametrize(("variant", "name"), [("", "x16"), ("optscim", "x17")])
def test_member_is_removed(entra: Make, variant: str, name: str) -> None:
    """A member is removed with a list of values in the legacy dialect, with a filter path under the flag."""
    remove, done = golden_exchange(name)
    story = grouped(entra(variant))
    story.directory.remove_members("readers", ["nora"], story.at)
    _, group = golden_exchange("x14")

    sent = story.by_hand(answer(204), answer(200, EMPTY), group, done)

    assert remove == sent[-1]


def test_group_is_renamed(entra: Make) -> None:
    """A new name replaces displayName of the group that is linked."""
    patch, done = golden_exchange("x18")
    story = grouped(entra(object_ids=IDS))
    story.directory.rename_team("readers", "BI Viewers", story.at)
    _, group = golden_exchange("x14")

    sent = story.by_hand(answer(200, EMPTY), group, done)

    assert patch == sent[-1]


def test_duplicate_user_is_kept_for_retry(entra: Make) -> None:
    """A creation answered with 409 is an EntryConflict, retried after 40 minutes."""
    create, conflict = golden_exchange("x19")
    story = entra(groups=False)
    story.hire("dup", display_name="")
    story.do("assign", person="dup")
    story.do("start")

    sent = story.by_hand(answer(200, EMPTY), conflict)

    assert create == sent[-1]
    [trouble] = story.engine.troubles
    expected = "EntryConflict: Target answered 409 on POST /Users: userName already in use. Retried 0 times; next retry after "
    assert f"{expected}2026-01-05T08:40:00.0000000Z UTC" == trouble.message


def test_too_many_requests_are_kept_for_retry(entra: Make) -> None:
    """A read answered with 429 is retried in the next cycle; Retry-After is not honoured by default."""
    read, slow = golden_exchange("x20")
    story = linked(entra(groups=False))
    story.update("nora", title="Lead")

    sent = story.by_hand(slow)

    assert [read] == sent
    assert ["TooManyRequests"] == story.messages()


def test_log_entry_has_the_fields_of_graph(entra: Make) -> None:
    """The entry of a failed creation has every field of a provisioningObjectSummary, in order."""
    _, conflict = golden_exchange("x19")
    story = entra(groups=False)
    story.hire("dup", display_name="")
    story.do("assign", person="dup")
    story.do("start")
    story.by_hand(answer(200, EMPTY), conflict)

    [entry] = story.engine.drain_log()

    assert [
        "id", "activityDateTime", "tenantId", "jobId", "cycleId", "changeId", "provisioningAction", "durationInMilliseconds",
        "provisioningStatusInfo", "provisioningSteps", "modifiedProperties", "servicePrincipal", "sourceSystem", "targetSystem",
        "initiatedBy", "sourceIdentity", "targetIdentity",
    ] == list(entry)  # fmt: skip
    assert [("import", "success"), ("scoping", "success"), ("matching", "success"), ("export", "failure")] == [
        (step["provisioningStepType"], step["status"]) for step in entry["provisioningSteps"]
    ]
    assert [("userName", None, "dup@contoso.example"), ("active", None, "True")] == [
        (one["displayName"], one["oldValue"], one["newValue"]) for one in entry["modifiedProperties"]
    ]


def test_existing_user_is_linked_by_the_match(entra: Make) -> None:
    """One hit is linked and patched from what the query returned, without another read."""
    story = entra("optscim", groups=False)
    story.hire("dup", title="Lead")
    story.do("assign", person="dup")
    story.do("start")
    present = {"id": "77", "userName": "dup@contoso.example", "displayName": "Dup", "active": True}

    sent = story.by_hand(found(present), answer(204))

    assert ["GET", "PATCH"] == [request.method for request in sent]
    assert "/Users/77" == sent[1].path
    assert b'"Operations":[{"op":"add","path":"title","value":"Lead"}]' in (sent[1].body or b"")
    assert FLAG == story.engine.traits.patch_dialect
