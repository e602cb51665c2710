"""The body of completeBinding: what the authenticator answered, and the sealed ceremony.

By hand: pydantic would be a fifth of this room's cold start.
"""

from collections.abc import Iterator
from typing import Any

from keybound.binding.ceremony import Answer
from keybound.domain.errors import BadRequest, FieldViolation
from keybound.edge.http import Request
from keybound.edge.json_body import read_json_object
from keybound.edge.readable_text import MAX_NAME, text_fault

_ABSENT = object()


def read_answer(request: Request) -> Answer:
    """Read the body. Raises BadRequest naming every member that is wrong, PayloadTooLarge."""
    content = read_json_object(request.body)
    if violations := tuple(_violations(content)):
        raise BadRequest(violations=violations)
    name = content.get("display_name") or ""
    return Answer(content["binding_session"], content["credential"], name)


def _violations(content: dict[str, Any]) -> Iterator[FieldViolation]:
    for name, kind, called in (
        ("binding_session", str, "a string"),
        ("credential", dict, "an object"),
    ):
        value = content.get(name, _ABSENT)
        if value is _ABSENT:
            yield FieldViolation(name, "missing")
        elif not isinstance(value, kind):
            yield FieldViolation(name, f"must be {called}")
    display_name = content.get("display_name")
    if display_name is None:
        return
    if not isinstance(display_name, str):
        yield FieldViolation("display_name", "must be a string")
    elif fault := text_fault(display_name, MAX_NAME):
        yield FieldViolation("display_name", fault)
