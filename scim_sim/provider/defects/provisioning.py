"""Faults that the order and form of a provisioning client's requests bring to light."""

from __future__ import annotations

import re
from typing import Any

from scim_sim.provider.app import Provider
from scim_sim.provider.defects.defect import defect
from scim_sim.provider.defects.hooks import refusing
from scim_sim.provider.refusal import Refusal
from scim_sim.provider.seams import Call, Draft
from scim_sim.scim.urns import ENTERPRISE_USER

__all__: list[str] = []

Json = dict[str, Any]
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KNOWN = {"filter", "attributes", "excludedattributes", "sortby", "sortorder", "startindex", "count", "cursor"}


@defect("guid-lookups-blocked", "entra-13.16-guid-lookups", "entra-1-probe", depth="cycle")
def _blocked(provider: Provider) -> None:
    """After three lookups of GUIDs that nobody has, further ones answer 403, as if somebody were guessing."""
    seen: list[str] = []

    def guessing(call: Call) -> bool:
        asked = call.parameters.get("filter", "") if call.operation == "list" else ""
        if not _GUID.search(asked):
            return False
        seen.append(asked)
        return len(seen) > 3

    refusing(guessing, 403, "too many lookups without a result")(provider)


@defect("inactive-members-stay", "entra-13.24-inactive-member-removed", "rfc7644-3.5.2.2-remove-member-by-filter", depth="cycle")
def _stay(provider: Provider) -> None:
    """A member whose account is inactive cannot be removed from a group."""

    def keep(call: Call, draft: Draft) -> Draft:
        if call.kind == "Group" and call.operation == "patch" and call.record is not None:
            for member, value in call.record.members.items():
                account = call.store.get(member, "User")
                if member not in draft.members and account is not None and account.attributes.get("active") is False:
                    draft.members[member] = value
        return draft

    provider.seams.store.append(keep)


@defect("enterprise-not-added-later", "entra-13.25-enterprise-later", "entra-3-add-or-replace", depth="readback")
def _not_later(provider: Provider) -> None:
    """A PATCH cannot give enterprise attributes to an account that was created without them."""

    def keep(call: Call, draft: Draft) -> Draft:
        before = call.record.attributes if call.record is not None else {}
        if call.kind == "User" and call.operation == "patch" and not before.get(ENTERPRISE_USER):
            draft.attributes.pop(ENTERPRISE_USER, None)
        return draft

    provider.seams.store.append(keep)


@defect("address-formatted-refused", "entra-13.26-more-sub-attributes", "entra-create", depth="response")
def _formatted(provider: Provider) -> None:
    """An address with a `formatted` line is refused, although the schema has it."""

    def judge(call: Call, body: Json) -> Json:
        addresses = body.get("addresses") if call.operation == "create" else None
        if isinstance(addresses, list) and any("formatted" in one for one in addresses if isinstance(one, dict)):
            raise Refusal(400, "addresses.formatted is not known", "invalidValue")
        return body

    provider.seams.body.append(judge)


@defect("unknown-query-refused", "entra-13.31-flag-in-url", depth="response")
def _query(provider: Provider) -> None:
    """A query parameter that is not known is refused."""
    refusing(lambda call: any(name.lower() not in _KNOWN for name in call.parameters), 400, "unknown query parameter")(provider)
