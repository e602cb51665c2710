"""What every operation may answer beside its success, and the headers of answers."""

from http import HTTPStatus
from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from tools.openapi.operation import Operation, Schema


class FieldViolation(TypedDict):
    """A refused member, parameter or header."""

    field: str
    description: str


class FieldViolations(TypedDict):
    """Of a 400."""

    type: Literal["FieldViolations"]
    field_violations: list[FieldViolation]


class ResourceInfo(TypedDict):
    """Of a 404 or 422."""

    type: Literal["ResourceInfo"]
    resource_type: str
    id: str
    description: str


class BatchOperationError(TypedDict):
    """The ids that a batch named in vain."""

    ResourceType: str
    IDs: list[str]
    Description: str


class BatchOperationErrors(TypedDict):
    """Of a 404 of a batch."""

    type: Literal["BatchOperationErrors"]
    description: str
    errors: list[BatchOperationError]


class Challenge(TypedDict):
    """Of a 401 or 403: what the header WWW-Authenticate said."""

    type: Literal["Challenge"]
    www_authenticate: str


Detail = Annotated[
    FieldViolations | ResourceInfo | BatchOperationErrors | Challenge, Field(discriminator="type")
]


class Error(TypedDict):
    """Every refusal. `code` is for programs, `message` for people."""

    code: Literal[
        "bad_request",
        "unauthorized",
        "forbidden",
        "not_found",
        "method_not_allowed",
        "conflict",
        "precondition_failed",
        "payload_too_large",
        "unprocessable_entity",
        "too_many_requests",
        "internal_server_error",
        "service_unavailable",
    ]
    message: str
    details: list[Detail]
    error: NotRequired[Annotated[str, Field(description="of a 500: for OAuth clients")]]


_TEXT: Schema = {"type": "string"}
_SECONDS: Schema = {"type": "string", "pattern": "^[0-9]+$"}
RETRY_AFTER = {"description": "seconds to wait", "required": True, "schema": _SECONDS}
_ETAG = {"description": "strong; of this version", "required": True, "schema": _TEXT}
_ALLOW = {"description": "the methods that are there", "required": True, "schema": _TEXT}
_REPLAYED = {
    "description": "this answers an earlier call with the same key",
    "schema": {"type": "string", "const": "true"},
}

REFUSALS: dict[int, str] = {
    400: "Damaged JSON, or members, parameters or headers that are refused",
    401: "No token, or none that is worth anything",
    403: "A scope is missing, or the call would give away what the caller does not hold",
    404: "Unknown, malformed, or in another realm or tenant",
    405: "The path has no such method",
    409: "It clashes with what is stored",
    412: "`If-Match` names another version than the present one",
    413: "The body is over 256 KiB, or nested deeper than 32",
    422: "The identity has no address that mail can reach",
    429: "A limit was reached",
    500: "Our fault",
    503: "Nothing was decided: send it again",
}
_CHALLENGE: Schema = {
    "description": "RFC 6750 §3; the body repeats it, since gateways may rename the header",
    "schema": _TEXT,
}
_HEADERS: dict[int, Schema] = {
    401: {"WWW-Authenticate": _CHALLENGE | {"required": True}},
    403: {"WWW-Authenticate": _CHALLENGE},
    405: {"Allow": _ALLOW},
    429: {"Retry-After": RETRY_AFTER},
    503: {"Retry-After": RETRY_AFTER},
}
_ALWAYS = (400, 413, 500, 503)
_WITH_TOKEN = (401, 403, 404)


def refusal_components(error: Schema) -> Schema:
    """Return the answers that operations refer to."""
    content = {"application/json": {"schema": error}}
    return {
        _name(status): {"description": text, "content": content}
        | ({"headers": _HEADERS[status]} if status in _HEADERS else {})
        for status, text in REFUSALS.items()
    }


def answers(operation: Operation, success: Schema | None, *, named: bool) -> dict[str, Any]:
    """Return every answer of an operation. success: the schema of its 200, None without a body;
    named: whether its path has variables, so that what they name may be missing."""
    ok: Schema = {"description": "It is done" if success is None else "It is here"}
    if success is not None:
        ok["content"] = {"application/json": {"schema": success}}
    if headers := _success_headers(operation, success is not None):
        ok["headers"] = headers
    found: dict[str, Any] = {"200": ok}
    statuses = {*_ALWAYS, *operation.refusals}
    statuses |= set(_WITH_TOKEN) if operation.scopes is not None else {404} if named else set()
    statuses |= {412} if operation.judges else set()
    if 304 in statuses:
        found["304"] = {"description": "As `If-None-Match` says", "headers": {"ETag": _ETAG}}
    for status in sorted(statuses - {304}):
        found[str(status)] = {"$ref": f"#/components/responses/{_name(status)}"}
    return found


def _success_headers(operation: Operation, has_body: bool) -> Schema:
    has_tag = operation.tagged or 304 in operation.refusals
    tagged = {"ETag": _ETAG} if has_tag and has_body else {}
    return tagged | ({"Idempotency-Replayed": _REPLAYED} if operation.once else {})


def _name(status: int) -> str:
    return "".join(word.capitalize() for word in HTTPStatus(status).phrase.split())
