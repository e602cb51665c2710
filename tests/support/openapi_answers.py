"""Holds answers of the management API against its OpenAPI document.

Schemas of answers are closed for it: clients must expect new members, tests must not. So a member
that a room says and the document does not is found by whichever test sees it first.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema_rs import Draft202012Validator

from tests.support.sources import REPOSITORY

DOCUMENT = REPOSITORY / "functions" / "openapi" / "openapi.json"
# What the room's front answers whatever the operation, and so no operation lists.
ANYWHERE = {405}
Schema = dict[str, Any]


def faults(
    method: str, path: str, status: int, headers: Mapping[str, str], body: bytes
) -> list[str]:
    """Return what the document does not say of this answer. path: as sent, without its query.

    Nothing is judged of paths that are not in the document, and of OPTIONS.
    """
    item = next((item for pattern, item in _paths() if pattern.fullmatch(path)), None)
    if item is None or method == "OPTIONS" or status in ANYWHERE:
        return []
    operation = item.get("get" if method == "HEAD" else method.lower())
    if operation is None:
        return [f"{method} {path} is answered {status}, not 405"]
    said = operation["responses"].get(str(status))
    if said is None:
        return [f"{operation['operationId']}: {status} is not documented"]
    found = [
        f"{status} has no {name}"
        for name, header in _header_objects(said).items()
        if header.get("required") and name.lower() not in headers
    ]
    content = _resolved(said).get("content")
    if method != "HEAD":
        found += _body_faults(content, headers, body)
    return [f"{operation['operationId']}: {fault}" for fault in found]


def _body_faults(content: Schema | None, headers: Mapping[str, str], body: bytes) -> list[str]:
    if content is None:
        return [f"a body: {body[:80]!r}"] if body else []
    if headers.get("content-type") != "application/json":
        return [f"content type {headers.get('content-type')}"]
    schema = json.dumps(content["application/json"]["schema"])
    errors = _validator(schema).iter_errors(json.loads(body))
    return [f"{'.'.join(map(str, each.instance_path))}: {each.message}" for each in errors]


def _header_objects(said: Schema) -> Schema:
    return _resolved(said).get("headers", {})


def _resolved(said: Schema) -> Schema:
    if "$ref" not in said:
        return said
    found: Schema = published()["components"]["responses"][said["$ref"].rpartition("/")[2]]
    return found


@cache
def published() -> Schema:
    found: Schema = json.loads(DOCUMENT.read_text("utf-8"))
    return found


@cache
def _paths() -> list[tuple[re.Pattern[str], Schema]]:
    """The document's paths as patterns, those with a verb first."""
    found = [
        (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), path, item)
        for path, item in published()["paths"].items()
    ]
    found.sort(key=lambda each: ":" not in each[1])
    return [(pattern, item) for pattern, _, item in found]


@cache
def _validator(schema: str) -> Draft202012Validator:
    components = {"schemas": _closed(published()["components"]["schemas"])}
    whole = {**json.loads(schema), "components": components}
    return Draft202012Validator(whole, validate_formats=True)


def _closed(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(value) for name, value in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        closed.setdefault("additionalProperties", False)
    return closed
