"""Filters of lists, in the grammar of SCIM (RFC 7644 §3.4.2.2), as far as an index can serve them.

One comparison `attribute eq "value"`, or two of different attributes joined by `and`. Attribute
names and operators know no case; a value is a JSON string. Everything else of the grammar would
have to look through a whole realm and is refused by name.
"""

import json
import re
from collections.abc import Mapping, Sequence

from keybound.domain.errors import BadRequest, refuse_field

MAX_LENGTH = 1024
_TOKEN = re.compile(r'\s*(?:(?P<word>[A-Za-z][\w.$:-]*)|(?P<text>"(?:[^"\\]|\\.)*"))', re.ASCII)
Filter = Mapping[str, str]


def parse_filter(expression: str, served: Sequence[Sequence[str]]) -> Filter:
    """Return what is compared with what, under the attributes' own names; empty for no filter.

    served: the sets of attributes that the list can be filtered by. Raises BadRequest that names
    them.
    """
    if not expression.strip():
        return {}
    names = {name.lower(): name for attributes in served for name in attributes}
    found: dict[str, str] = {}
    for attribute, operator, value in _comparisons(expression, served):
        name = names.get(attribute.lower())
        if name is None or operator.lower() != "eq" or name in found:
            raise _refused(served)
        found[name] = _value(value, served)
    if not any(set(found) == set(attributes) for attributes in served):
        raise _refused(served)
    return found


def canonical(wanted: Filter) -> str:
    """Return the one spelling of a filter that means the same."""
    ordered = sorted(wanted.items())
    return " and ".join(f"{name} eq {json.dumps(value)}" for name, value in ordered)


def _comparisons(expression: str, served: Sequence[Sequence[str]]) -> list[tuple[str, str, str]]:
    tokens = _tokens(expression, served)
    kinds = [kind for kind, _ in tokens]
    texts = [text for _, text in tokens]
    if kinds == ["word", "word", "text"]:
        return [(texts[0], texts[1], texts[2])]
    joined = kinds == ["word", "word", "text", "word", "word", "word", "text"]
    if not joined or texts[3].lower() != "and":
        raise _refused(served)
    return [(texts[0], texts[1], texts[2]), (texts[4], texts[5], texts[6])]


def _tokens(expression: str, served: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    expression, place = expression.rstrip(), 0
    found: list[tuple[str, str]] = []
    if len(expression) > MAX_LENGTH:
        raise _refused(served)
    while place < len(expression):
        match = _TOKEN.match(expression, place)
        if match is None or (found and match.start(match.lastgroup or "") == place):
            raise _refused(served)
        found.append((str(match.lastgroup), match[match.lastgroup or ""]))
        place = match.end()
    return found


def _value(text: str, served: Sequence[Sequence[str]]) -> str:
    try:
        value: str = json.loads(text)
        value.encode("utf-8")  # no lone surrogates
    except ValueError as error:
        raise _refused(served) from error
    return value


def _refused(served: Sequence[Sequence[str]]) -> BadRequest:
    forms = ", ".join(
        " and ".join(f'{name} eq "…"' for name in attributes) for attributes in served
    )
    return refuse_field("filter", f"supported: {forms}")
