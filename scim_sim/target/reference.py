"""The profiles as a page: what is known of each product, for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scim_sim.target.profile import CONFIDENCES, Profile, load_profile, profile_names

__all__ = ["profiles_page", "table"]


def profiles_page() -> str:
    """All shipped profiles, a section each, as Markdown."""
    words = "; ".join(f"*{word}* is {meaning}" for word, meaning in CONFIDENCES.items())
    return "\n\n".join(
        [f"How sure a line is: {words}.", *("\n\n".join(_section(load_profile(name))) for name in profile_names())]
    )


def _section(profile: Profile) -> Iterator[str]:
    yield f"## `{profile.name}`: {profile.title}"
    yield "\n".join(_facts(profile))
    if profile.variants:
        yield table(("variant", "is"), ((f"`{profile.name}:{name}`", title) for name, title in profile.variants.items()))
    if profile.predictions:
        yield "What to expect:"
        rows = ((_idp(row.idp), row.users, row.groups, row.why.strip(), row.source) for row in profile.predictions)
        yield table(("identity provider", "users", "groups", "why", "source"), rows)
    if profile.known_deviations:
        yield "Known deviations; each is a finding all the same:"
        rows2 = (
            (f"`{row.requirement}`", _told(row.what, row.effect), row.source, row.confidence) for row in profile.known_deviations
        )
        yield table(("requirement", "what", "source", "confidence"), rows2)
    for name in profile.variants:
        own = [
            row for row in load_profile(f"{profile.name}:{name}").known_deviations if profile.deviation(row.requirement) is None
        ]
        if own:
            yield f"Besides, in `{profile.name}:{name}`:"
            rows3 = ((f"`{row.requirement}`", _told(row.what, row.effect), row.source, row.confidence) for row in own)
            yield table(("requirement", "what", "source", "confidence"), rows3)
    if profile.attributes:
        yield "Attributes: " + "; ".join(f"`{path}` {word}" for path, word in profile.attributes.items()) + "."
    if profile.checklist:
        yield "Before it goes live:"
        yield "\n".join(
            f"* {item.what}: {item.how}." + (f" ({_cap(item.why)}.)" if item.why else "") for item in profile.checklist
        )
    if profile.sources:
        yield "Sources: " + ", ".join(f"<{source}>" for source in profile.sources) + "."


def _facts(profile: Profile) -> Iterator[str]:
    yield f"* Base path: `{profile.base_path}`" if profile.base_path else "* Base path: none known; give the whole URL"
    yield f"* Credentials: `Authorization: {profile.auth} …`" + (f", {profile.token}" if profile.token else "")
    pushed = [_idp(name) for name, wanted in profile.groups.items() if wanted and name != "rfc"]
    yield f"* Groups are pushed by: {', '.join(pushed) or 'nobody'}"
    for name, value in profile.limits.items():
        yield f"* Limit, {name.replace('_', ' ')}: {value}"
    for idp, traits in profile.traits.items():
        yield f"* {_idp(idp)} is run with " + ", ".join(f"`{name}: {value}`" for name, value in traits.items())
    if profile.persona:
        yield f"* Try it: `scim-sim serve --like {profile.persona}`, `scim-sim run --profile {profile.name} --target builtin`"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; bars and line ends inside cells do no harm."""
    columns = list(head)
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return "\n".join([*lines, *("| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows)])


def _cell(text: str) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")


def _told(what: str, effect: str) -> str:
    return f"{what}: {effect}" if effect else what


def _cap(text: str) -> str:
    return text[:1].upper() + text[1:]


def _idp(name: str) -> str:
    names = {"okta": "Okta", "entra": "Entra ID", "onelogin": "OneLogin", "google": "Google Workspace"}
    known = {**names, "google-jit": "Google Workspace without provisioning", "okta:oin": "Okta, catalogue app"}
    return known.get(name, name)
