"""Bodies at the bounds that the OpenAPI document draws: from a good one, all that differ from it in
one place, with what the document says of each."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jsonschema_rs import Draft202012Validator

from tests.support.openapi_answers import published

Schema = dict[str, Any]
# Of each form that a member may have, something that it may not be.
_ODD = ("\u0007", " ", "a\u0007", "<b>", "no such form", "{}", "\u00e9#", "#", "")


@dataclass(frozen=True)
class Bound:
    """A changed body. place: of the change, dotted. allowed: what the document says of it."""

    place: str
    what: str
    body: Any
    allowed: bool


def request_schemas() -> Iterator[tuple[str, str, str, Schema]]:
    """Yield operation id, method, path and schema of every body."""
    for path, item in published()["paths"].items():
        for method, operation in item.items():
            if method != "parameters" and "requestBody" in operation:
                content = operation["requestBody"]["content"]["application/json"]
                yield operation["operationId"], method.upper(), path, content["schema"]


def bounds(schema: Schema, good: Any, judged: frozenset[str] = frozenset()) -> Iterator[Bound]:
    """Yield every body that differs from `good` in one place, at the members that `good` has.

    judged: forms of members (`forms`) that are judged elsewhere: of those only the type is changed.

    Raises AssertionError if a change is not what it is meant to be.
    """
    whole = {**schema, "components": {"schemas": published()["components"]["schemas"]}}
    validator = Draft202012Validator(whole)
    assert validator.is_valid(good), [e.message for e in validator.iter_errors(good)]
    for place, what, value, allowed in _of(schema, good, (), judged):
        body = _changed(good, place, value)
        assert validator.is_valid(body) is allowed, (place, what)
        yield Bound(".".join(map(str, place)), what, body, allowed)


def forms(schema: Schema) -> frozenset[str]:
    """Return the schemas of all documented members, as text."""
    schema = _plain(schema)[0]
    own = schema.get("properties", {}).values()
    return frozenset(map(json.dumps, own)).union(*map(forms, own))


def members(schema: Schema, place: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield the dotted places of all documented members; those of lists' elements under 0."""
    schema = _plain(schema)[0]
    for name, member in schema.get("properties", {}).items():
        yield ".".join((*place, name))
        yield from members(member, (*place, name))
    if "items" in schema:
        yield from members(schema["items"], (*place, "0"))


_Change = tuple[tuple[Any, ...], str, Any, bool]
GONE = object()


def _of(
    schema: Schema, good: Any, place: tuple[Any, ...], judged: frozenset[str]
) -> Iterator[_Change]:
    schema, nullable = _plain(schema)
    if place:
        yield place, "null", None, nullable
    if schema["type"] == "object":
        yield from _object(schema, good, place, judged)
    else:
        yield from _KINDS[schema["type"]](schema, good, place)


def _plain(schema: Schema) -> tuple[Schema, bool]:
    """Return the schema itself behind references and choices, and whether null is one of them."""
    if "$ref" in schema:
        return _plain(published()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    variants = schema.get("anyOf", [])
    if {"type": "null"} in variants:
        return _plain(variants[0])[0], True
    return schema, False


def _object(
    schema: Schema, good: Any, place: tuple[Any, ...], judged: frozenset[str]
) -> Iterator[_Change]:
    yield place, "array", [], False
    yield (*place, "unknown_member"), "unknown", 7, True
    members: Mapping[str, Schema] = schema.get("properties", {})
    alike = set(judged)
    for name, member in members.items():
        if name not in good:
            continue
        if name in schema.get("required", []):
            yield (*place, name), "missing", GONE, False
        is_text = _plain(member)[0]["type"] == "string"
        if (form := json.dumps(member)) in alike and (is_text or form in judged):
            yield (*place, name), "another type", 7 if is_text else "x", False
        else:
            yield from _of(member, good[name], (*place, name), judged)
        alike.add(form)


def _array(schema: Schema, good: Any, place: tuple[Any, ...]) -> Iterator[_Change]:
    yield place, "string", "x", False
    if "minItems" in schema:
        yield place, "empty", [], not schema["minItems"]
    if schema.get("uniqueItems"):
        yield place, "repeated", [*good, good[0]], False
    if (most := schema.get("maxItems")) is not None:
        grown = [_numbered(good[0], n) for n in range(most + 1)]
        yield place, "one too many", grown, False
        item = _plain(schema["items"])[0]
        if item["type"] == "string" and "enum" not in item:
            yield place, "as many as may be", grown[:-1], True
    if good:
        yield from _of(schema["items"], good[0], (*place, 0), frozenset())


def _string(schema: Schema, good: Any, place: tuple[Any, ...]) -> Iterator[_Change]:
    yield place, "number", 7, False
    for member in schema.get("enum", []):
        yield place, f"be {member}", member, True
    if "enum" in schema or "const" in schema:
        yield place, "another word", "no such word", False
    if schema.get("minLength"):
        yield place, "empty", "", False
    if (most := schema.get("maxLength")) is not None:
        yield place, "too long", _padded(good, most + 1), False
        yield place, "as long as may be", _padded(good, most), True
    if "pattern" in schema:
        judge = Draft202012Validator(schema)
        odd = next(each for each in _ODD if not judge.is_valid(each))
        yield place, "of another form", odd, False


def _integer(schema: Schema, good: Any, place: tuple[Any, ...]) -> Iterator[_Change]:
    yield place, "text", "7", False
    yield place, "fraction", 0.5, False
    for keyword, beyond in (("minimum", -1), ("maximum", 1)):
        if keyword in schema:
            yield place, keyword, schema[keyword], True
            yield place, f"beyond {keyword}", schema[keyword] + beyond, False


def _boolean(_: Schema, good: Any, place: tuple[Any, ...]) -> Iterator[_Change]:
    yield place, "text", "true", False
    yield place, "the other", not good, True


_KINDS = {
    "array": _array,
    "string": _string,
    "integer": _integer,
    "boolean": _boolean,
}


def _padded(text: str, length: int) -> str:
    """Lengthen so that the form stays: host names and addresses label by label."""
    filler = "a" * max(0, length - len(text))
    if "@" in text:
        labels = ".".join(filler[n : n + 49] for n in range(0, len(filler), 50))
        return (text + labels).ljust(length, "a")
    if "." in text and "/" not in text and text.islower():
        before = "".join(f"{'a' * min(49, n - 1)}." for n in _parts(len(filler)))
        return before + text
    return text + filler


def _parts(length: int) -> Iterator[int]:
    """Split into numbers of 2 to 50."""
    while length > 51:
        yield 50 if length - 50 > 1 else 49
        length -= 50 if length - 50 > 1 else 49
    if length:
        yield length


def _numbered(value: Any, number: int) -> Any:
    if isinstance(value, dict):
        first = next(iter(value))
        return {**value, first: _numbered(value[first], number)}
    if value.count(":") == 31:  # a fingerprint
        return f"{number:02X}{value[2:]}"
    if len(value) == 16 and value.isalnum():  # an id
        return f"{number:016x}"
    before, host, rest = value.partition("app.example.com")
    if host and before == "https://":
        return f"{before}app{number}.example.com{rest}"
    return f"{value}{number}"


def _changed(good: Any, place: Sequence[Any], value: Any) -> Any:
    if not place:
        return value
    body = json.loads(json.dumps(good))
    at = body
    for part in place[:-1]:
        at = at[part]
    if value is GONE:
        del at[place[-1]]
    else:
        at[place[-1]] = value
    return body
