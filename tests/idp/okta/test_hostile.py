"""Whatever a service provider answers, Okta ends in tasks and never in a crash or an endless loop."""

from __future__ import annotations

from typing import Any

import pytest

from scim_sim.flow import NoResponse
from scim_sim.scim.requirements import catalogue
from scim_sim.wire import Failure, Request, Response

BODIES = [
    b"",
    b"[]",
    b"null",
    b"{",
    b"<html>moved</html>",
    b'{"Resources":[null]}',
    b'{"totalResults":1,"startIndex":1,"itemsPerPage":1,"Resources":[{"id":null}]}',
    b'{"totalResults":9999999,"startIndex":1,"itemsPerPage":100,"Resources":[{"id":"1","userName":"scimsim-000000.ada@x.test"}]}',
    b'{"id":"a/b?c","members":[1,{"value":null}],"emails":[1,{}],"name":null,"phoneNumbers":{},"schemas":null,"userName":7}',
    b'{"id":5,"members":"x","emails":"x","name":[],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":5}',
    b"\xff\xfe",
]


def whole_story(story: Any, answer: Response | None) -> None:
    """Everything an administrator can do, with the same answer to every request; `None` is no answer."""

    def ask(_: Request) -> Response:
        if answer is None:
            raise NoResponse(Failure("timeout", "no answer in 60 s"))
        return answer

    engine, directory, at = story.engine, story.directory, story.at
    story._drive(engine.connect(), ask)
    for verb, params in (
        ("assign", {"person": ["ada", "ben"]}),
        ("push group", {"group": "pilots"}),
        ("link group", {"group": "crew", "name": "Crew"}),
        ("force sync", {}),
        ("import users", {"groups": True}),
        ("retry tasks", {}),
    ):
        story._drive(engine.act(verb, **params), ask)
    for change in (
        directory.update("ada", {"title": "Lead", "user_name": "scimsim-000000.vale@x.test"}, at),
        directory.add_members("pilots", ["ben"], at),
        directory.rename_team("pilots", "Fliers", at),
    ):
        story._drive(engine.notice(change), ask)
    story._drive(engine.act("push now", group="pilots"), ask)
    story._drive(engine.act("unassign", person=["ada", "ben"]), ask)
    story._drive(engine.act("unlink group", group="pilots", delete=True), ask)
    engine.expected()


@pytest.mark.parametrize("variant", ["aiw", "oin"])
@pytest.mark.parametrize("status", [200, 204, 302, 401, 404, 409, 500])
@pytest.mark.parametrize("body", BODIES)
def test_any_answer_ends_in_tasks(okta: Any, variant: str, status: int, body: bytes) -> None:
    """Every trouble names a need of the catalogue and says something."""
    story = okta(variant)
    story.hire("ada", user_name="scimsim-000000.ada@x.test", department="Flight")
    story.hire("ben", phone="1")
    story.team("pilots", "Pilots", "ada")
    story.team("crew", "Crew", "ada", "ben")

    whole_story(story, Response(status, (), body))

    assert story.engine.troubles != []
    assert {trouble.need for trouble in story.engine.troubles} <= set(catalogue())
    assert all(trouble.message for trouble in story.engine.troubles)


def test_silence_is_told_where_the_task_stands(okta: Any) -> None:
    """Without any answer each task says null, and its place says why."""
    story = okta()
    story.hire("ada")
    story.hire("ben")
    story.team("pilots", "Pilots", "ada")
    story.team("crew", "Crew", "ada")

    whole_story(story, None)

    assert all("no answer in 60 s" in trouble.where for trouble in story.engine.troubles)
    assert "Error while verifying if user exists: null" in story.engine.troubles[1].message
