"""Bodies of colon verbs that carry lists of ids or scopes: `{"identity_ids": ["…", …]}`."""

from typing import Any

from keybound.domain.errors import BadRequest, FieldViolation, refuse_field
from keybound.edge.http import Request
from keybound.edge.json_body import read_json_object

MAX_ELEMENTS = 1000
_MAX_VIOLATIONS = 20


def read_lists(request: Request, *names: str) -> dict[str, list[str]]:
    """Return the lists of the body by name; at least one of `names` must have an element.

    Raises BadRequest naming what is no list of 1 to 1,000 strings without repeats.
    """
    content = read_json_object(request.body)
    found = {name: _texts(name, content[name]) for name in names if name in content}
    if not any(found.values()):
        text = "missing" if not found else "must have at least one element"
        raise refuse_field(names[0], text)
    return {name: found.get(name, []) for name in names}


def _texts(name: str, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise refuse_field(name, "must be an array")
    if len(value) > MAX_ELEMENTS:
        raise refuse_field(name, f"array exceeds {MAX_ELEMENTS} elements")
    violations, seen = [], set()
    for index, element in enumerate(value):
        if not isinstance(element, str):
            violations.append(FieldViolation(f"{name}[{index}]", "must be a string"))
        elif not element:
            violations.append(FieldViolation(f"{name}[{index}]", "empty string"))
        elif element in seen:
            violations.append(FieldViolation(f"{name}[{index}]", "repeated"))
        else:
            seen.add(element)
    if violations:
        raise BadRequest(violations=tuple(violations[:_MAX_VIOLATIONS]))
    return value
