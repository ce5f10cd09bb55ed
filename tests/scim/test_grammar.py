"""Filters and paths: what parses, what does not, and that printing loses nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scim_sim.scim.grammar import (
    MAX_DEPTH,
    OPERATORS,
    And,
    Comparison,
    Filter,
    FilterError,
    Not,
    Or,
    Path,
    Present,
    ValuePath,
    parse_filter,
    parse_path,
)
from scim_sim.scim.urns import ENTERPRISE_USER, USER

NAMES = st.from_regex(r"\A[a-zA-Z][a-zA-Z0-9_-]{0,8}\Z").filter(lambda n: n.lower() not in {"and", "or", "not"})
URNS = st.none() | st.sampled_from([USER, ENTERPRISE_USER, "urn:example:custom-1.0:Thing", "https://example.test/schemas/x"])
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12)
PLAIN_PATHS = st.builds(Path, NAMES, st.none() | NAMES, URNS)


def _larger(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    selected = st.builds(Path, NAMES, st.none(), URNS, inner)
    deeper = st.builds(Path, NAMES, NAMES, URNS, inner)
    return (
        st.builds(Not, inner)
        | st.builds(And, several)
        | st.builds(Or, several)
        | st.builds(ValuePath, selected)
        | st.builds(Comparison, deeper, st.sampled_from(OPERATORS), VALUES)
        | st.builds(Present, deeper)
    )


ATOMS = st.builds(Comparison, PLAIN_PATHS, st.sampled_from(OPERATORS), VALUES) | st.builds(Present, PLAIN_PATHS)
FILTERS = st.recursive(ATOMS, _larger, max_leaves=8)


@settings(max_examples=300, deadline=None)
@given(FILTERS)
def test_printed_filter_parses_to_the_same_tree(tree: Filter) -> None:
    """parse(print(x)) == x for every filter."""
    assert tree == parse_filter(str(tree))


@settings(max_examples=100, deadline=None)
@given(PLAIN_PATHS)
def test_printed_path_parses_to_the_same_path(path: Path) -> None:
    """parse(print(x)) == x for every path."""
    assert path == parse_path(str(path))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='ab.:[]()" \\eqandornotpr1-$', max_size=30))
def test_any_text_parses_or_is_refused_with_a_place(text: str) -> None:
    """Whatever comes in, there is a tree or a FilterError that points into the text."""
    fault: FilterError | None = None
    tree: Filter | None = None
    try:
        tree = parse_filter(text)
    except FilterError as error:
        fault = error

    assert tree == parse_filter(str(tree)) if tree else fault is not None and 0 <= fault.position <= len(text)


def test_and_binds_tighter_than_or_and_not_tighter_than_and() -> None:
    """RFC 7644 section 3.4.2.2 gives the order of evaluation."""
    a, b, c = (Present(Path(name)) for name in "abc")

    assert Or((a, And((Not(b), c)))) == parse_filter("a pr or not (b pr) and c pr")


@pytest.mark.parametrize("text", ['USERNAME EQ "x"', 'userName Eq "x" AND Active PR', "NOT(a pr)", "a eq TRUE", "a eq Null"])
def test_operators_and_words_have_no_case(text: str) -> None:
    """Operators, logical words and constants are read in any letter case."""
    assert parse_filter(text) == parse_filter(str(parse_filter(text)))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("members", Path("members")),
        ("name.givenName", Path("name", "givenName")),
        ("$ref", Path("$ref")),
        (f"{ENTERPRISE_USER}:manager.value", Path("manager", "value", ENTERPRISE_USER)),
        (f"{USER}:userName", Path("userName", None, USER)),
        ("urn:example:thing:1.0", Path("", None, "urn:example:thing:1.0")),
        ('emails[type eq "work"].value', Path("emails", "value", None, Comparison(Path("type"), "eq", "work"))),
        ("x[primary eq true].value", Path("x", "value", None, Comparison(Path("primary"), "eq", True))),
    ],
)
def test_path_is_split_at_the_right_places(text: str, path: Path) -> None:
    """URNs hold dots and colons, and the name begins after the last colon."""
    assert path == parse_path(text)


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("", 0, "expected an attribute name"),
        ("userName", 8, "expected an operator"),
        ("userName xx 1", 9, "expected an operator"),
        ("userName eq", 11, "expected a value"),
        ("userName eq ada", 12, 'a string stands in double quotes: "ada"'),
        ("userName eq 'ada'", 12, 'a string stands in double quotes: "ada"'),
        ('userName eq "ada', 12, "not closed"),
        ('userName eq "a" userName pr', 16, "found 'userName'"),
        ("(userName pr", 12, "expected ')'"),
        ("not userName pr", 4, 'expected "(" after not'),
        ("emails[type pr", 14, "expected ']'"),
        ("emails.type[value pr]", 11, "a value filter follows the attribute itself"),
        ("a.b.c pr", 2, "'b.c' is not an attribute name"),
        ("1a pr", 0, "'1a' is not an attribute name"),
        ("a eq 1.5.3", 5, "no JSON number"),
        ("a eq 1e999", 5, "too large"),
        ('a eq "\\x"', 5, "no JSON string"),
        ("and pr", 0, "expected an attribute name"),
        ("a pr and", 8, "expected an attribute name"),
    ],
)
def test_malformed_filter_is_refused_with_place_and_reason(text: str, position: int, said: str) -> None:
    """The message says what was expected and where."""
    with pytest.raises(FilterError) as caught:
        parse_filter(text)

    assert position == caught.value.position
    assert said in caught.value.message


def test_deep_nesting_is_refused() -> None:
    """Thousands of brackets end in a FilterError, not in a full stack."""
    with pytest.raises(FilterError, match=f"deeper than {MAX_DEPTH}"):
        parse_filter("(" * 5000 + "a pr" + ")" * 5000)


def test_long_chain_is_no_nesting() -> None:
    """A filter with many alternatives is flat."""
    tree = parse_filter(" or ".join(f'id eq "{n}"' for n in range(2000)))

    assert isinstance(tree, Or)
    assert 2000 == len(tree.operands)
