"""What the rooms of the management API share: wrapped bodies in, bare resources out.

A body is one JSON object that holds the resource under its singular name. One rule everywhere:
members that a model does not name are ignored, read-only ones (`id`, `tenant_id`, `create_time`)
among them. Types are strict: "1" is no number, true is no number, null is no string.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from keybound.domain.errors import BadRequest, FieldViolation, refuse_field
from keybound.edge.errors import JSON, NO_STORE
from keybound.edge.http import Request, Response
from keybound.edge.json_body import read_json_object, to_json
from keybound.edge.readable_text import MAX_NAME as MAX_NAME
from keybound.edge.readable_text import text_fault
from keybound.edge.realm_path import realm_path as realm_path

MAX_DESCRIPTION = 300
MAX_VIOLATIONS = 20
FORBIDDEN_CHARACTERS = frozenset("{}[]<>;:?\\/|*^%$#=~`!")


class Body(BaseModel):
    """Parent of every body. Use list, not tuple, for arrays: strict mode takes what JSON gives.

    For PATCH read `model_fields_set`, or `model_dump(exclude_unset=True)`: what was sent.
    """

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


_Body = TypeVar("_Body", bound=Body)


def said(**keywords: Any) -> Any:
    """Annotate a type with JSON Schema keywords, for the API document: what its validator or the
    flow behind it refuses. A test sends what they allow and what they do not."""
    return Field(json_schema_extra=keywords)


def pattern_of(form: re.Pattern[str]) -> str:
    """Return an expression that whole texts are matched with, as JSON Schema writes it."""
    return "^" + form.pattern.removesuffix("\\Z") + "$"


def pattern_without(characters: str) -> str:
    """Return a pattern of texts without these characters and those that a person cannot read."""
    allowed = f"[^{characters}{UNREADABLE}]"
    return f"^{allowed}*[^{characters}{UNREADABLE}{SPACES}]{allowed}*$"


# What keybound.edge.readable_text refuses, in the spelling of ECMA-262 (JSON Schema 2020-12 §6.4).
UNREADABLE = r"\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069"
SPACES = r" \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
READABLE = pattern_without("")
ALLOWED = pattern_without(r"{}\[\]<>;:?\\/|*^%$#=~`!")


def check_text(text: str, maximum: int) -> str:
    """Return `text` if a person can read it: 1 to `maximum` characters, not only spaces, no
    control characters, line breaks or direction overrides."""
    if fault := text_fault(text, maximum):
        raise PydanticCustomError("text", "{fault}", {"fault": fault})
    return text


def _check_name(text: str) -> str:
    return _allowed(check_text(text, MAX_NAME))


def _check_description(text: str) -> str:
    return _allowed(check_text(text, MAX_DESCRIPTION)) if text else text


def _allowed(text: str) -> str:
    found = sorted(FORBIDDEN_CHARACTERS & set(text))
    if found:
        # Not as a template: the characters themselves may be braces.
        raise PydanticCustomError("text", "may not contain {found}", {"found": " ".join(found)})
    return text


DisplayName = Annotated[
    str, AfterValidator(_check_name), said(minLength=1, maxLength=MAX_NAME, pattern=ALLOWED)
]
"""Names of tenants, realms and identities; also `traits.username`: 1..64, restricted characters."""

FreeName = Annotated[
    str,
    AfterValidator(lambda text: check_text(text, MAX_NAME)),
    said(minLength=1, maxLength=MAX_NAME, pattern=READABLE),
]
"""Names of applications and authenticator configs: 1..64, any readable characters."""

Description = Annotated[
    str,
    AfterValidator(_check_description),
    said(maxLength=MAX_DESCRIPTION, pattern=f"^$|{ALLOWED}"),
]
"""At most 300 of the same characters; may be empty."""


def read_wrapped(request: Request, wrapper: str, model: type[_Body]) -> _Body:
    """Read `{wrapper: {…}}`. Raises BadRequest whose violations name members as
    `wrapper.member.inner[0]`; PayloadTooLarge."""
    content = read_json_object(request.body)
    if wrapper not in content:
        raise refuse_field(wrapper, "missing")
    if not isinstance(content[wrapper], dict):
        raise refuse_field(wrapper, "must be an object")
    return validated(wrapper, model, content[wrapper])


def validated(prefix: str, model: type[_Body], content: dict[str, Any]) -> _Body:
    """Judge `content` by `model`. Raises BadRequest; `prefix` begins the names of members."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        violations = tuple(_violation(prefix, each) for each in found[:MAX_VIOLATIONS])
        raise BadRequest(violations=violations) from None


def _violation(prefix: str, error: ErrorDetails) -> FieldViolation:
    name = prefix
    for part in error["loc"]:
        joint = "." if name else ""
        name += f"[{part}]" if isinstance(part, int) else f"{joint}{part}"
    if error["type"] == "missing":
        return FieldViolation(name, "missing")
    text = error["msg"].replace("Input should be", "must be")
    return FieldViolation(name, _TYPE_TEXTS.get(error["type"], text))


_TYPE_TEXTS = {
    "string_type": "must be a string",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "list_type": "must be an array",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}


def resource(content: dict[str, Any]) -> Response:
    """Answer with a bare resource: 200, for creation too."""
    return Response(200, to_json(content), {**JSON, **NO_STORE})


def deleted() -> Response:
    """Answer a deletion: 200 and no body."""
    return Response(200, "", dict(NO_STORE))


def listing(
    plural: str, items: Sequence[dict[str, Any]], total_size: int | None, next_page_token: str = ""
) -> Response:
    """Answer with one page; without `next_page_token` it is the last. total_size: None when
    nobody counted."""
    content: dict[str, Any] = {plural: list(items)}
    if total_size is not None:
        content["total_size"] = total_size
    if next_page_token:
        content["next_page_token"] = next_page_token
    return resource(content)
