"""Bodies of the management API: wrapped, strict in their types, exact about what they refuse."""

import json
from typing import Any

import pytest
from keybound.domain.errors import BadRequest, NotFound, PayloadTooLarge
from keybound.edge.http import Request
from keybound.edge.management import (
    FORBIDDEN_CHARACTERS,
    MAX_VIOLATIONS,
    Body,
    Description,
    DisplayName,
    FreeName,
    deleted,
    listing,
    read_wrapped,
    realm_path,
)
from pydantic import Field


class Inner(Body):
    names: list[str] = Field(default_factory=list)


class Sample(Body):
    display_name: DisplayName
    label: FreeName = "x"
    description: Description = ""
    size: int = 0
    wanted: bool = False
    inner: Inner = Inner()


def request(body: bytes | str) -> Request:
    data = body if isinstance(body, bytes) else body.encode()
    return Request("POST", "/", {}, "", {}, data)


def read(content: Any) -> Sample:
    return read_wrapped(request(json.dumps(content)), "sample", Sample)


def refusals(content: Any) -> dict[str, str]:
    with pytest.raises(BadRequest) as refused:
        read(content)
    return {v.field: v.description for v in refused.value.violations}


def test_a_body_without_its_wrapper_names_it_as_missing() -> None:
    """N118."""
    assert refusals({"display_name": "Ada"}) == {"sample": "missing"}
    assert refusals({}) == {"sample": "missing"}


@pytest.mark.parametrize("content", [None, [], "x", 1, True])
def test_a_wrapper_that_holds_no_object_is_refused(content: Any) -> None:
    assert refusals({"sample": content}) == {"sample": "must be an object"}


def test_members_nobody_knows_are_ignored_everywhere() -> None:
    """N118, N123: one rule, for read-only members too."""
    found = read({"x": 1, "sample": {"display_name": "Ada", "id": 7, "inner": {"y": 2}}})
    assert found.model_dump(exclude_unset=True) == {"display_name": "Ada", "inner": {}}


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"{", b'{"sample":{"a":1,"a":2}}', b'{"sample":NaN}', b"\xff\xfe", b"1"],
)
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    """N116."""
    with pytest.raises(BadRequest):
        read_wrapped(request(body), "sample", Sample)


def test_nesting_without_end_is_refused() -> None:
    """N116."""
    with pytest.raises(PayloadTooLarge):
        read_wrapped(request('{"sample":' + "[" * 10_000 + "]" * 10_000 + "}"), "sample", Sample)


@pytest.mark.parametrize(
    ("member", "value", "description"),
    [
        ("size", "1", "must be a whole number"),
        ("size", True, "must be a whole number"),
        ("size", 1.0, "must be a whole number"),
        ("wanted", 1, "must be true or false"),
        ("wanted", "true", "must be true or false"),
        ("label", 1, "must be a string"),
        ("label", None, "must be a string"),
        ("inner", [], "must be an object"),
    ],
)
def test_types_are_never_converted(member: str, value: Any, description: str) -> None:
    sent = {"sample": {"display_name": "Ada", member: value}}
    assert refusals(sent) == {f"sample.{member}": description}


def test_refused_members_are_named_with_wrapper_path_and_index() -> None:
    sent = {"sample": {"inner": {"names": ["a", 1]}}}
    assert refusals(sent) == {
        "sample.display_name": "missing",
        "sample.inner.names[1]": "must be a string",
    }


def test_a_refusal_never_lists_more_than_a_page_of_members() -> None:
    sent = {"sample": {"display_name": "Ada", "inner": {"names": [1] * 5000}}}
    assert len(refusals(sent)) == MAX_VIOLATIONS


@pytest.mark.parametrize(
    "name",
    ["", "x" * 65, " ", "\u3000 ", "a\x00b", "a\nb", "a\u2028b", "a\u202eb", "a\x7fb", "a\u0085b"]
    + [f"a{character}b" for character in sorted(FORBIDDEN_CHARACTERS)],
)
def test_display_names_are_1_to_64_readable_allowed_characters(name: str) -> None:
    """N119."""
    assert list(refusals({"sample": {"display_name": name}})) == ["sample.display_name"]


@pytest.mark.parametrize("name", ["A", "x" * 64, "Zoë 東京", "O'Neil & Söhne (AG), 4+1", "a@b.c"])
def test_display_names_of_people_pass(name: str) -> None:
    assert read({"sample": {"display_name": name}}).display_name == name


def test_a_lone_surrogate_is_refused() -> None:
    """N119."""
    with pytest.raises(BadRequest):
        read_wrapped(request('{"sample":{"display_name":"\\ud800"}}'), "sample", Sample)


def test_free_names_may_hold_punctuation_but_nothing_unreadable() -> None:
    assert read({"sample": {"display_name": "a", "label": "a: b/c {d}"}}).label == "a: b/c {d}"
    for label in ("", "x" * 65, "\t", "a\u0000"):
        assert refusals({"sample": {"display_name": "a", "label": label}}).keys() == {
            "sample.label"
        }


def test_descriptions_may_be_empty_and_have_300_characters_at_most() -> None:
    assert read({"sample": {"display_name": "a", "description": ""}}).description == ""
    assert read({"sample": {"display_name": "a", "description": "x" * 300}})
    for text in ("x" * 301, "<b>", "a\x1b"):
        sent = {"sample": {"display_name": "a", "description": text}}
        assert refusals(sent).keys() == {"sample.description"}


def test_a_refusal_does_not_repeat_what_was_sent() -> None:
    sent = {"sample": {"display_name": "a<" + "hunter2" * 3, "size": "hunter2"}}
    assert "hunter2" not in json.dumps(refusals(sent))


@pytest.mark.parametrize(
    "realm", ["", "x", "A" * 16, "0" * 15, "0" * 17, "0" * 3000, "0" * 15 + "#"]
)
def test_a_malformed_realm_id_is_missing_and_reaches_no_table(realm: str) -> None:
    missing = NotFound("Realm", realm)
    path = {"tenant_id": "0" * 16, "realm_id": realm}
    with pytest.raises(NotFound) as refused:
        realm_path(Request("GET", "/", path, "", {}, b""), missing)
    assert refused.value is missing


def test_a_deletion_is_answered_with_200_and_no_body() -> None:
    assert (deleted().status, deleted().body) == (200, "")


def test_the_last_page_has_no_next_page_token() -> None:
    assert json.loads(listing("things", [], 0).body) == {"things": [], "total_size": 0}
    assert json.loads(listing("things", [{"id": "1"}], 2, "t").body)["next_page_token"] == "t"
