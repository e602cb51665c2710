"""Reads JSON bodies from strangers: bounded, no repeats, no surprises (RFC 8259 §4, §9)."""

import json
from typing import Any

from keybound.domain.errors import BadRequest, PayloadTooLarge

MAX_DEPTH = 32

_NOT_AN_OBJECT = "invalid request: the body is not one JSON object"


def read_json_object(body: bytes) -> dict[str, Any]:
    """Return the object in `body`; its content type does not matter.

    Raises BadRequest for what is no JSON object in UTF-8, repeats a member name, or holds NaN,
    Infinity or lone surrogates; PayloadTooLarge for nesting deeper than 32.
    """
    try:
        value = json.loads(
            body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant
        )
    except RecursionError as error:
        raise PayloadTooLarge(f"nested deeper than {MAX_DEPTH}") from error
    except (ValueError, UnicodeError) as error:
        raise BadRequest(_NOT_AN_OBJECT, detail=type(error).__name__) from error
    if not isinstance(value, dict):
        raise BadRequest(_NOT_AN_OBJECT, detail="not an object")
    _check(value, depth=1)
    return value


def to_json(value: Any) -> str:
    """Return compact JSON text."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("repeated member name")
    return members


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise PayloadTooLarge(f"nested deeper than {MAX_DEPTH}")
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, int | float) and not abs(value) <= 2**63:  # 1e999 is infinite
        raise BadRequest("invalid request: a number is out of range")
    elif isinstance(value, dict):
        for name, member in value.items():
            _check_text(name)
            _check(member, depth + 1)
    elif isinstance(value, list):
        for member in value:
            _check(member, depth + 1)


def _check_text(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadRequest("invalid request: a text holds half a character") from error
