"""The expression language, function by function, with the samples of Microsoft's reference."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from scim_sim.directory.model import Person
from scim_sim.errors import UsageError
from scim_sim.idp.entra.expressions import NO_FLOW, Env, compile_expression
from scim_sim.idp.entra.functions import FUNCTIONS
from scim_sim.idp.entra.source import Role, UserSource

NOW = 1_767_627_218.0  # 2026-01-05 15:33:38 UTC


def evaluate(text: str, seed: int = 1, **values: Any) -> Any:
    """The value of the expression for a person with these attributes; `extensionAttributeN` go to the custom ones."""
    custom = {name: values.pop(name) for name in list(values) if name.startswith("extension")}
    person = Person("jo", values.pop("user_name", "John.Doe@contoso.com"), custom=custom, **values)
    roles = (Role("r-1", "Editor", "Editor"), Role("r-2", "Admin", "Administrator"))
    return compile_expression(text)(Env(UserSource(person, "oid-1", False, roles), NOW, random.Random(seed)))


HIRED = "CDate([extensionAttribute1])"

SAMPLES: list[tuple[str, dict[str, Any], Any]] = [
    ('Append([userPrincipalName], ".test")', {}, "John.Doe@contoso.com.test"),
    ('Append([mail], ".test")', {}, None),
    ("BitAnd(&HF, &HF7)", {}, 7),
    ("CBool(0)", {}, False),
    ("CBool(12)", {}, True),
    ("CBool([city] = [state])", {"city": "a", "region": "a"}, True),
    ("CBool([city] = [state])", {"city": "a", "region": "b"}, False),
    ("CStr(12)", {}, "12"),
    (HIRED, {"extensionAttribute1": "2020-03-16-07:00"}, "3/16/2020 7:00:00 AM"),
    ('CDate("2021-06-30+08:00")', {}, "6/29/2021 4:00:00 PM"),
    ('CDate("2009-06-15T01:45:30-07:00")', {}, "6/15/2009 8:45:30 AM"),
    ("Coalesce([mail],[userPrincipalName])", {}, "John.Doe@contoso.com"),
    ('Coalesce([mail], [city], "none")', {"city": "Leith"}, "Leith"),
    ("Coalesce([mail])", {}, None),
    ('ConvertToBase64("Hello world!")', {}, "SABlAGwAbABvACAAdwBvAHIAbABkACEA"),
    ('ConvertToUTF8Hex("Hello world!")', {}, "48656C6C6F20776F726C6421"),
    ('Count(Split([city], ","))', {"city": "a, b, c"}, 3),
    (f'DateAdd("d", 7, {HIRED})', {"extensionAttribute1": "2012-03-16-07:00"}, "3/23/2012 7:00:00 AM"),
    (f'DateAdd("d", -10, {HIRED})', {"extensionAttribute1": "2012-03-16-07:00"}, "3/6/2012 7:00:00 AM"),
    (f'DateAdd("ww", 2, {HIRED})', {"extensionAttribute1": "2012-03-16-07:00"}, "3/30/2012 7:00:00 AM"),
    (f'DateAdd("m", 10, {HIRED})', {"extensionAttribute1": "2012-03-16-07:00"}, "1/16/2013 7:00:00 AM"),
    (f'DateAdd("yyyy", 2, {HIRED})', {"extensionAttribute1": "2012-03-16-07:00"}, "3/16/2014 7:00:00 AM"),
    ('DateAdd("m", 1, "1/31/2026 8:00:00 AM")', {}, "2/28/2026 8:00:00 AM"),
    ('DateDiff("d", CDate("2021-08-18+08:00"), CDate("2021-08-31+08:00"))', {}, 13),
    (f'DateDiff("d", "8/25/2021 5:41:18 PM", {HIRED})', {"extensionAttribute1": "2012-03-16-07:00"}, -3449),
    (f'DateDiff("ww", "8/25/2021 5:41:18 PM", {HIRED})', {"extensionAttribute1": "2012-03-16-07:00"}, -493),
    (f'DateDiff("m", "8/25/2021 5:41:18 PM", {HIRED})', {"extensionAttribute1": "2012-03-16-07:00"}, -113),
    (f'DateDiff("yyyy", "8/25/2021 5:41:18 PM", {HIRED})', {"extensionAttribute1": "2012-03-16-07:00"}, -9),
    ('DateDiff("d", CDate("2021-08-31+08:00"), CDate("2021-08-31+08:00"))', {}, 0),
    ('DateDiff("h", CDate("2021-08-24"), CDate("2021-08-25"))', {}, 24),
    ('DateDiff("n", CDate("2021-08-24"), CDate("2021-08-25"))', {}, 1440),
    ('DateDiff("s", CDate("2021-08-24"), CDate("2021-08-25"))', {}, 86400),
    ("DateFromNum(129699324000000000)", {}, "1/1/2012 11:00:00 PM"),
    (
        'FormatDateTime([extensionAttribute1], , "yyyyMMddHHmmss.fZ", "yyyy-MM-dd")',
        {"extensionAttribute1": "20150123105347.1Z"},
        "2015-01-23",
    ),
    (
        'FormatDateTime([extensionAttribute1], , "yyyy-MM-dd", "dddd, d MMM yy")',
        {"extensionAttribute1": "2026-01-05"},
        "Monday, 5 Jan 26",
    ),
    ("IgnoreFlowIfNullOrEmpty([department])", {}, NO_FLOW),
    ("IgnoreFlowIfNullOrEmpty([department])", {"department": "Sales"}, "Sales"),
    ('IgnoreFlowIfNullOrEmpty(Switch([city], "", "3443", "Dr."))', {"city": "1"}, NO_FLOW),
    ('IIF([country]="USA",[country],[department])', {"country": "USA", "department": "Sales"}, "USA"),
    ('IIF([country]="USA",[country],[department])', {"country": "GB", "department": "Sales"}, "Sales"),
    ('IIF([country]<>"USA","abroad","home")', {}, "home"),
    ('IIF(IsNullOrEmpty([country]),"Other",[country])', {}, None),
    ('IIF(IsPresent([country]),[country],"Other")', {}, "Other"),
    ('IIF(DateDiff("d", Now(), CDate("2026-01-08")) > 5, "False", "True")', {}, "True"),
    ('InStr("The quick brown fox","quick")', {}, 5),
    ('InStr("repEated","e",3,vbBinaryCompare)', {}, 7),
    ('InStr("repEated","e",3,vbTextCompare)', {}, 4),
    ('InStr("fox","x",9)', {}, 0),
    ("IsNull([mail])", {}, True),
    ("IsNull([city])", {"city": "x"}, False),
    ("IsNullOrEmpty([mail])", {}, True),
    ("IsPresent([mail])", {}, False),
    ("IsString([city])", {"city": "x"}, True),
    ('Item(Split("a,b,c", ","), 1)', {}, "a"),
    ('Item(Split("a,b,c", ","), 4)', {}, None),
    ('Join(", ", "", [surname], [givenName])', {"given_name": "John", "family_name": "Doe"}, "Doe, John"),
    ('Join("-", Split("a,b", ","), "c", [mail])', {}, "a-b-c"),
    ('Left("John Doe", 3)', {}, "Joh"),
    ('Left("John Doe", 0)', {}, ""),
    ('Left("John Doe", -1)', {}, "John Doe"),
    ("Left([mail], 3)", {}, ""),
    ('Left("Jo", 9)', {}, "Jo"),
    ("Append(Mid([givenName], 1, 3), Mid([surname], 1, 5))", {"given_name": "John", "family_name": "Doe"}, "JohDoe"),
    ('Mid("abc", 2, 9)', {}, "bc"),
    ('Mid("abc", 9, 1)', {}, ""),
    ("NormalizeDiacritics([givenName])", {"given_name": "Zoë"}, "Zoe"),
    ("NormalizeDiacritics([givenName])", {"given_name": "Łukasz Größe Øre Ægir"}, "Lukasz Grosse OEre AEgir"),
    ('Not("True")', {}, False),
    ('Not("true")', {}, True),
    ("Not([mail])", {}, True),
    ("Now()", {}, "1/5/2026 3:33:38 PM"),
    ('NumFromDate("2020-12-31 23:59:59-08:00")', {}, 132539615990000000),
    ("PCase([givenName])", {"given_name": "PABLO GONSALVES (SECOND)"}, "Pablo Gonsalves (Second)"),
    ("PCase([surname],\" '-\")", {"family_name": "PINTO-DE'SILVA"}, "Pinto-De'Silva"),
    ('PCase(Join(" ",[givenName],[surname]))', {"given_name": "GREGORY", "family_name": "JAMES"}, "Gregory James"),
    ("Redact([userPrincipalName])", {}, "John.Doe@contoso.com"),
    ('RemoveDuplicates(Split("a,b,a", ","))', {}, ["a", "b"]),
    (
        'Replace([jobTitle],"Product Developer", , , "Software Engineer", , )',
        {"title": "Product Developer"},
        "Software Engineer",
    ),
    ('Replace([mailNickname],"<username>", , , , , "<username>@contoso.com")', {"mail_nickname": "jsmith"}, "jsmith@contoso.com"),
    (
        'Replace([telephoneNumber], , "\\\\+(?<isdCode>\\\\d* )(?<phoneNumber>\\\\d{10})", , "${phoneNumber}", , )',
        {"phone": "+91 9998887777"},
        "9998887777",
    ),
    ('Replace([mobile], , "[()\\\\s-]+", , "", , )', {"mobile": "+1 (999) 888-7777"}, "+19998887777"),
    (
        'Replace([streetAddress], ,"(?<streetNumber>^\\\\d*)","streetNumber", "888", , )',
        {"street": "545 Tremont Street"},
        "888 Tremont Street",
    ),
    ('Replace([mail], , "(?<Suffix>@(.)*)", "Suffix", "", , )', {"email": "jsmith@contoso.com"}, "jsmith"),
    (
        'Replace([telephoneNumber], , "\\\\+(?<isdCode>\\\\d* )(?<phoneNumber>\\\\d{10})", "phoneNumber" , , [mobile], )',
        {"mobile": "+91 8887779999"},
        "8887779999",
    ),
    ('Replace([telephoneNumber], , "(?<n>\\\\d+)", "n" , , [mobile], )', {"phone": "1", "mobile": "2"}, "1"),
    ('Replace([mailNickname], , "[a-zA-Z_]*", , "", , )', {"mail_nickname": "john_doe72"}, "72"),
    ('Replace([mail], "@contoso.com", , ,"", ,)', {"email": "john.doe@contoso.com"}, "john.doe"),
    ('SelectUniqueValue("a", "b")', {}, "a"),
    ("SingleAppRoleAssignment([appRoleAssignments])", {}, "Editor"),
    (
        "AppRoleAssignmentsComplex([appRoleAssignments])",
        {},
        ['{"id":"r-1","value":"Editor","displayName":"Editor"}', '{"id":"r-2","value":"Admin","displayName":"Administrator"}'],
    ),
    (
        "AssertiveAppRoleAssignmentsComplex([appRoleAssignments])",
        {},
        ['{"id":"r-1","value":"Editor","displayName":"Editor"}', '{"id":"r-2","value":"Admin","displayName":"Administrator"}'],
    ),
    (
        'Split([extensionAttribute5], ",")',
        {"extensionAttribute5": "PermissionSetOne, PermissionSetTwo"},
        ["PermissionSetOne", "PermissionSetTwo"],
    ),
    ("StripSpaces([displayName])", {"display_name": " a b "}, "ab"),
    ('Switch([state], "Sydney", "NSW", "Sydney","QLD", "Brisbane")', {"region": "QLD"}, "Brisbane"),
    ('Switch([state], "Sydney", "NSW", "Sydney","QLD", "Brisbane")', {"region": "qld"}, "Sydney"),
    ('Switch([state], , "NSW", "Sydney")', {"region": "QLD"}, NO_FLOW),
    ('Switch([country],[country],"","Other")', {}, "Other"),
    ('Switch(ToLower([state]), "0", "true", "1", "false", "0")', {"region": "TRUE"}, "1"),
    ('ToLower("ÄI")', {}, "äi"),
    ('ToLower("DIYARBAKIR", "tr-TR")', {}, "dıyarbakır"),
    ('ToUpper("istanbul", "tr-TR")', {}, "İSTANBUL"),
    ('ToUpper("straße")', {}, "STRAßE"),
    ('Word("The quick brown fox",3," ")', {}, "brown"),
    ('Word("This,string!has&many separators",3,",!&#")', {}, "has"),
    ('Word("fox",2," ")', {}, ""),
    ('Word("fox",0," ")', {}, ""),
    ('Join("", "say \\"hi\\" ", "c:\\\\x")', {}, 'say "hi" c:\\x'),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "values", "expected"), SAMPLES, ids=[f"{n:02d}-{t[:40]}" for n, (t, _, _) in enumerate(SAMPLES)]
)
def test_function_yields_its_sample(text: str, values: dict[str, Any], expected: Any) -> None:
    """A function gives the value that the reference shows for its sample."""
    actual = evaluate(text, **values)

    assert expected == actual
    assert type(expected) is type(actual)


def test_every_function_has_a_sample() -> None:
    """No function of the language is without a sample, those of chance apart."""
    sampled = set(re.findall(r"(\w+)\(", " ".join(text for text, _, _ in SAMPLES)))

    assert {"Guid", "RandomString"} == set(FUNCTIONS) - sampled


def test_random_string_holds_what_was_asked_for() -> None:
    """RandomString has the length, the minimum of each kind, and none of the characters to avoid."""
    made = evaluate('RandomString(10,2,2,2,1,"?,")')

    assert 10 == len(made)
    assert sum(c.isdigit() for c in made) >= 2
    assert sum(c.isupper() for c in made) >= 2
    assert sum(not c.isalnum() for c in made) >= 2
    assert not set("?,") & set(made)


def test_guid_comes_from_the_engine_s_own_chance() -> None:
    """The same seed gives the same GUID."""
    assert evaluate("Guid()", seed=3) == evaluate("Guid()", seed=3)
    assert evaluate("Guid()", seed=3) != evaluate("Guid()", seed=4)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('Joinn(" ", [mail])', 'unknown function "Joinn": did you mean "Join"?'),
        ('join(" ", [mail])', 'did you mean "Join"?'),
        ("Left([mail])", "Left takes 2 arguments, not 1"),
        ("Append([mial], 1)", 'unknown source attribute "mial": did you mean "mail"?'),
        ("Append([userType], 1)", "userType is not available as a source attribute"),
        ("Append([mail], 1", "character 17: ends too early"),
        ('Append([mail] "x")', "character 15: expected ',' or ')', found '\"x\"'"),
        ("Append([mail], ;)", "character 15: cannot read ';)'"),
        ("Now() Now()", "character 7: unexpected 'Now' after the end"),
        (f'Append([mail], "{"x" * 10_000}")', "an expression may have up to 10,000 characters"),
    ],
)
def test_mistake_is_shown_with_its_place(text: str, said: str) -> None:
    """A mistake in an expression names the place and the nearest right word."""
    with pytest.raises(UsageError) as raised:
        compile_expression(text)

    assert said in raised.value.message
