"""What Entra ID knows of a person or team: source attributes by the names that mappings, filters and expressions use."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from scim_sim.directory.model import Person, Team
from scim_sim.errors import UsageError
from scim_sim.registry import nearest

__all__ = [
    "GROUP_ATTRIBUTES",
    "NOTHING",
    "USER_ATTRIBUTES",
    "GroupSource",
    "Role",
    "Source",
    "UserSource",
    "Value",
    "check_source",
    "guid_of",
    "renamed",
]

Value = str | int | bool | list[str] | None
"""What an attribute or expression yields; `None` is no value at all."""

USER_ATTRIBUTES: Final[Mapping[str, str]] = {
    "userPrincipalName": "user_name",
    "originalUserPrincipalName": "user_name",
    "displayName": "display_name",
    "givenName": "given_name",
    "surname": "family_name",
    "jobTitle": "title",
    "mail": "email",
    "otherMails": "second_email",
    "mailNickname": "mail_nickname",
    "telephoneNumber": "phone",
    "mobile": "mobile",
    "facsimileTelephoneNumber": "fax",
    "physicalDeliveryOfficeName": "office",
    "streetAddress": "street",
    "city": "city",
    "state": "region",
    "postalCode": "postal_code",
    "country": "country",
    "preferredLanguage": "preferred_language",
    "employeeId": "employee_number",
    "companyName": "organization",
    "department": "department",
    "manager": "manager",
}
COMPUTED: Final = ("objectId", "accountEnabled", "IsSoftDeleted", "appRoleAssignments")
GROUP_ATTRIBUTES: Final = ("displayName", "objectId", "members", "description", "mailNickname")
UNAVAILABLE: Final = ("userType", "samAccountName")

_EXTENSION = re.compile(r"extension(Attribute\d+|_[0-9a-f]{32}_\w+)$")
_GUEST = re.compile(r"#EXT#@.*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Role:
    """An app role that an assignment grants."""

    id: str
    value: str
    display_name: str


class Nothing:
    """An object without attributes."""

    def value(self, name: str) -> Value:
        """No value."""
        return None


NOTHING: Final = Nothing()


class UserSource:
    """One person as the provisioning service sees it; `value` answers any source attribute."""

    __slots__ = ("object_id", "person", "roles", "soft_deleted")

    def __init__(self, person: Person, object_id: str, soft_deleted: bool = False, roles: tuple[Role, ...] = ()) -> None:
        self.person = person
        self.object_id = object_id
        self.soft_deleted = soft_deleted
        self.roles = roles

    def value(self, name: str) -> Value:
        """The value of a source attribute, `None` when it is empty.

        The userPrincipalName of a guest (`ada_else.test#EXT#@tenant`) is given as `ada@else.test`, and that of a person in
        the recycle bin with the 32 hexadecimal digits in front; `originalUserPrincipalName` keeps the guest's form.
        """
        field = USER_ATTRIBUTES.get(name)
        if field is not None:
            text: str = getattr(self.person, field)
            if field == "user_name":
                text = text if name.startswith("original") else stripped(text)
                return renamed(text, self.object_id) if self.person.status == "deleted" else text
            return text or None
        if name == "IsSoftDeleted":
            return "True" if self.soft_deleted else "False"
        if name == "accountEnabled":
            return "True" if self.person.active else "False"
        if name == "objectId":
            return self.object_id
        if name == "appRoleAssignments":
            return [role.value for role in self.roles] or None
        return self.person.custom.get(name) or None


class GroupSource:
    """One team as the provisioning service sees it."""

    __slots__ = ("object_id", "team")

    roles: tuple[Role, ...] = ()

    def __init__(self, team: Team, object_id: str) -> None:
        self.team = team
        self.object_id = object_id

    def value(self, name: str) -> Value:
        """The value of a source attribute, `None` when it is empty."""
        if name == "displayName":
            return self.team.display_name or None
        if name == "objectId":
            return self.object_id
        if name == "description":
            return self.team.description or None
        return None


Source = UserSource | GroupSource | Nothing


def check_source(name: str) -> None:
    """Raise `UsageError` for a name that is no source attribute of a user; those of extensions are taken as they are."""
    if name in UNAVAILABLE:
        raise UsageError(f"{name} is not available as a source attribute in Entra ID")
    known = [*USER_ATTRIBUTES, *COMPUTED, *GROUP_ATTRIBUTES]
    if name not in known and not _EXTENSION.match(name):
        raise UsageError(f'unknown source attribute "{name}"{nearest(name, known)}')


def stripped(user_principal_name: str) -> str:
    """The name of a guest without `#EXT#` and the tenant's domain, any other as it is."""
    alias, found = _GUEST.subn("", user_principal_name)
    if not found:
        return user_principal_name
    local, underscore, domain = alias.rpartition("_")
    return f"{local}@{domain}" if underscore else alias


def renamed(user_principal_name: str, object_id: str) -> str:
    """The name that a person in the recycle bin bears: the object id's 32 hexadecimal digits in front."""
    return object_id.replace("-", "") + user_principal_name


def guid_of(text: str) -> str:
    """A GUID that depends on nothing but the text."""
    digits = hashlib.sha256(text.encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"
