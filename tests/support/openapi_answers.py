"""Holds answers of the management API against its OpenAPI document.

Schemas of answers are closed for it: clients must expect new members, tests must not. So a member
that a room says and the document does not is found by whichever test sees it first; so are a
status and a header that the document does not name.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from jsonschema_rs import Draft202012Validator

from tests.support.sources import REPOSITORY

DOCUMENT = REPOSITORY / "functions" / "openapi" / "openapi.json"
# Headers that clients act on: an answer has none of them that the document does not say.
SAID = ("allow", "etag", "idempotency-replayed", "location", "retry-after", "www-authenticate")
Schema = dict[str, Any]


@dataclass(frozen=True)
class Said:
    """What the document says of one status of one operation. validator: None for no body."""

    validator: Draft202012Validator | None
    headers: frozenset[str]
    required: frozenset[str]


def faults(
    method: str, path: str, status: int, headers: Mapping[str, str], body: bytes
) -> list[str]:
    """Return what the document does not say of this answer. path: as sent, without its query;
    headers: names in lower case.

    Nothing is judged of paths that are not in the document, and of OPTIONS.
    """
    template = _template(path)
    if not template or method == "OPTIONS":
        return []
    said = _said(template, "get" if method == "HEAD" else method.lower(), status)
    if isinstance(said, str):
        return [f"{method} {template}: {said}"]
    found = [f"has no {name}" for name in said.required if name not in headers]
    found += [f"{name} is not documented" for name in SAID if name in headers.keys() - said.headers]
    if method != "HEAD":
        found += _body_faults(said.validator, headers, body)
    return [f"{method} {template}: {status} {fault}" for fault in found]


def _body_faults(
    validator: Draft202012Validator | None, headers: Mapping[str, str], body: bytes
) -> list[str]:
    if validator is None:
        return [f"has a body: {body[:80]!r}"] if body else []
    if headers.get("content-type") != "application/json":
        return [f"content type {headers.get('content-type')}"]
    content = json.loads(body)
    if validator.is_valid(content):
        return []
    errors = validator.iter_errors(content)
    return [f"{'.'.join(map(str, each.instance_path))}: {each.message}" for each in errors]


@cache
def published() -> Schema:
    found: Schema = json.loads(DOCUMENT.read_text("utf-8"))
    return found


@cache
def _said(template: str, method: str, status: int) -> Said | str:
    """Return what is said, or the fault that nothing is."""
    operation = published()["paths"][template].get(method)
    if status == 405:  # what the room's front answers whatever the operation
        found = {"$ref": "/MethodNotAllowed"}
    elif operation is None:
        return f"is answered {status}, not 405"
    elif str(status) not in operation["responses"]:
        return f"{status} is not documented"
    else:
        found = operation["responses"][str(status)]
    if "$ref" in found:
        found = published()["components"]["responses"][found["$ref"].rpartition("/")[2]]
    headers = found.get("headers", {})
    return Said(
        _validator(found["content"]["application/json"]["schema"]) if "content" in found else None,
        frozenset(map(str.lower, headers)),
        frozenset(name.lower() for name, header in headers.items() if header.get("required")),
    )


@lru_cache(maxsize=4096)
def _template(path: str) -> str:
    return next((template for known, template in _paths() if known.fullmatch(path)), "")


@cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    """The document's paths as patterns, those with a verb first."""
    found = [
        (re.compile(re.sub(r"\\{\w+\\}", "[^/:]+", re.escape(path))), path)
        for path in published()["paths"]
    ]
    return sorted(found, key=lambda each: ":" not in each[1])


def _validator(schema: Schema) -> Draft202012Validator:
    whole = {**_closed(schema), "components": {"schemas": _closed_components()}}
    return Draft202012Validator(whole, validate_formats=True)


@cache
def _closed_components() -> Schema:
    found: Schema = _closed(published()["components"]["schemas"])
    return found


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(value) for name, value in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        closed.setdefault("additionalProperties", False)
    return closed
