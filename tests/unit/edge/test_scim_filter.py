"""Filters in SCIM's grammar (RFC 7644 §3.4.2.2), as far as an index serves them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keybound.domain.errors import BadRequest
from keybound.edge.scim_filter import MAX_LENGTH, canonical, parse_filter

NAME, STATE = "traits.username", "status"
SERVED = ((NAME,), (STATE,), (NAME, STATE))


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("", {}),
        ("   ", {}),
        ('traits.username eq "ada"', {NAME: "ada"}),
        ('Traits.UserName EQ "Ada"', {NAME: "Ada"}),
        ('  traits.username\teq  "a\\u0064a"  ', {NAME: "ada"}),
        ('traits.username eq "a \\"b\\" \\\\"', {NAME: 'a "b" \\'}),
        ('status eq ""', {STATE: ""}),
        ('status eq "active" and traits.username eq "ada"', {STATE: "active", NAME: "ada"}),
        ('status eq "and" AND traits.username eq "eq"', {STATE: "and", NAME: "eq"}),
    ],
)
def test_what_an_index_can_serve_is_understood(expression: str, wanted: dict[str, str]) -> None:
    assert parse_filter(expression, SERVED) == wanted


@pytest.mark.parametrize(
    "expression",
    [
        "traits.username",
        "traits.username pr",
        'traits.username ne "ada"',
        'traits.username co "ada"',
        "traits.username eq ada",
        "traits.username eq 'ada'",
        "traits.username eq 7",
        'traits.username eq "a',
        'traits.username eq "a""',
        'traits.username eq "a"b',
        'traits.username eq"a"',
        'traits.usernameeq "a"',
        'traits.username eq "\\x"',
        'traits.username eq "\\ud800"',
        'traits.username eq "a\nb"',
        'display_name eq "a"',
        '(status eq "a")',
        'not (status eq "a")',
        'status eq "a" or traits.username eq "b"',
        'status eq "a" and status eq "b"',
        'status eq "a" and display_name eq "b"',
        'status eq "a" and',
        'status eq "a" and traits.username eq "b" and status eq "c"',
        'emails[type eq "work"]',
        'status eq "' + "x" * MAX_LENGTH + '"',
        "\x00",
        "é eq 1",
    ],
)
def test_the_rest_of_the_grammar_is_refused_by_the_names_of_what_is_served(
    expression: str,
) -> None:
    """N128."""
    with pytest.raises(BadRequest) as refused:
        parse_filter(expression, SERVED)
    (violation,) = refused.value.violations
    assert violation.field == "filter"
    assert 'status eq "…"' in violation.description


@given(st.text(max_size=80))
def test_no_text_does_anything_but_parse_or_be_refused(expression: str) -> None:
    try:
        wanted = parse_filter(expression, SERVED)
    except BadRequest:
        return
    assert parse_filter(canonical(wanted), SERVED) == wanted


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_a_value_holds_it_comes_back_as_it_was(name: str, state: str) -> None:
    assert parse_filter(canonical({NAME: name, STATE: state}), SERVED) == {NAME: name, STATE: state}
