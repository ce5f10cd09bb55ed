"""People and team names from a seed: several locales, and the letters that break servers.

Faker supplies the ordinary; every few persons one carries a name with quotes, `+`, `%`, a very long or a non-Latin value.
The same seed gives the same people whatever else has been generated, because each key has its own random source.
"""

from __future__ import annotations

import hashlib
import random
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from faker import Faker

from scim_sim.directory.model import Person, Team
from scim_sim.errors import UsageError
from scim_sim.registry import nearest

__all__ = ["SPECIAL_NAMES", "Generator", "RunMark"]

LOCALES = ("en_US", "de_DE", "fr_FR", "pl_PL", "es_ES", "ja_JP", "el_GR")

SPECIAL_NAMES: tuple[tuple[str, str], ...] = (
    ("Siobhán", "O'Malley-Ruiz"),
    ('Jo "Ace"', "Quill"),
    ("Łucja", "Żółć"),
    ("李", "小龍"),
    ("Zoë", "100% Plus+One"),
    ("Maximiliane Theodora Konstantina", "von und zu Unterschlatt-Hohenbergstein am Inn"),
)


@dataclass(frozen=True, slots=True)
class RunMark:
    """The mark that everything a run creates bears, so that it can be told apart and cleaned up.

    `text` looks like `scimsim-4f1d2a`; it is derived from the seed and the name space, never from the time.
    """

    text: str

    @classmethod
    def of(cls, seed: int, space: str = "") -> RunMark:
        """The mark of a run with that seed; `space` tells parallel workers or scenarios apart."""
        digest = hashlib.sha256(f"{seed}/{space}".encode()).hexdigest()
        return cls(f"scimsim-{digest[:6]}")

    def name(self, name: str) -> str:
        """A display name that bears the mark."""
        return f"{name} ({self.text})"

    def user_name(self, local: str, domain: str) -> str:
        """A userName that bears the mark, in the form of an e-mail address."""
        return f"{self.text}.{local}@{domain}"

    def marks(self, value: str) -> bool:
        """Whether the value bears this mark, in any casing."""
        return self.text in value.lower()

    def part(self, number: int) -> RunMark:
        """The mark of the numbered scenario of a run; it contains the mark of the run."""
        return RunMark(f"{self.text}-{number:02d}")


class Generator:
    """Makes persons and teams that bear the run mark; unset attributes come from Faker."""

    def __init__(self, seed: int, mark: RunMark, domain: str = "example.com", special_every: int = 5) -> None:
        self.seed = seed
        self.mark = mark
        self.domain = domain
        self._special_share = 1 / special_every if special_every else 0.0

    def person(self, key: str, values: Mapping[str, Any] | None = None) -> Person:
        """A person with the given values; the rest is made up. Raises `UsageError` for an unknown attribute."""
        given = dict(values or {})
        custom = given.pop("custom", {})
        status = given.pop("status", "active")
        known = Person.attribute_names()
        for name in given:
            if name not in known:
                raise UsageError(f'a person has no attribute "{name}"{nearest(name, known)}')
        rng = random.Random(f"{self.seed}/person/{key}")
        made = self._made_up(key, rng)
        made.update({"status": status, "custom": custom})
        person = Person(**(made | {name: "" if value is None else value for name, value in given.items()}))
        if "display_name" not in given:
            person = replace(person, display_name=f"{person.given_name} {person.family_name}".strip())
        if "email" not in given:
            person = replace(person, email=person.user_name if "@" in person.user_name else "")
        return person

    def team(self, key: str, display_name: str | None = None, members: tuple[str, ...] = (), prefix: str = "") -> Team:
        """A team whose display name bears the mark; a given `prefix` (`OM_`) stays in front of it."""
        plain = display_name or key.replace("_", " ").replace("-", " ").title()
        return Team(key, self.mark.name(prefix + plain), members)

    def _made_up(self, key: str, rng: random.Random) -> dict[str, Any]:
        locale = rng.choice(LOCALES)
        fake = _faker(locale)
        fake.seed_instance(rng.randrange(2**32))
        if rng.random() < self._special_share:
            given, family = rng.choice(SPECIAL_NAMES)
        else:
            given, family = fake.first_name(), fake.last_name()
        local = _local_part(key)
        return {
            "key": key,
            "user_name": self.mark.user_name(local, self.domain),
            "given_name": given,
            "family_name": family,
            "mail_nickname": f"{self.mark.text}.{local}",
            "title": rng.choice(("Analyst", "Engineer", "Account Manager", "Data Steward", "Controller")),
            "department": rng.choice(("Finance", "Research & Development", "Sales", "Operations")),
            "employee_number": str(rng.randrange(10_000, 99_999)),
            "phone": f"+1 555 {rng.randrange(100, 1000)} {rng.randrange(1000, 10000)}",
            "mobile": f"+1 555 {rng.randrange(100, 1000)} {rng.randrange(1000, 10000)}",
            "locale": locale.replace("_", "-"),
            "preferred_language": locale.replace("_", "-"),
        }


@lru_cache(maxsize=len(LOCALES))
def _faker(locale: str) -> Faker:
    return Faker(locale, providers=["faker.providers.person"])  # nothing but names is asked of it


def _local_part(key: str) -> str:
    ascii_key = unicodedata.normalize("NFKD", key).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", ".", ascii_key).strip(".") or hashlib.sha256(key.encode()).hexdigest()[:8]
