"""The OpenAPI 3.1 document of the management API, from manifest, rooms, bodies and what is said
of them here. The same input gives the same document, member by member.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from keybound.edge.idempotency import MAX_LENGTH as MAX_KEY

from tools.openapi.answers import Error, answers, refusal_components
from tools.openapi.described import DESCRIBED
from tools.openapi.endpoints import Endpoint, endpoints
from tools.openapi.limits import limits_table
from tools.openapi.operation import Operation, Schema
from tools.openapi.schemas import Components

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "functions" / "openapi" / "openapi.json"
TOKEN = "management_token"
_PATH_TEXTS = {
    "tenant_id": "the tenant of the token",
    "theme_id": "or `active`, where it is read",
}
_EVERY_IDENTITY = "or `-`: of the whole realm"


def document() -> Schema:
    """Return the document. Raises LookupError for an endpoint that nothing is said of."""
    described = [(each, _described(each)) for each in endpoints()]
    models = Components(_models(operation for _, operation in described))
    paths: dict[str, Schema] = {}
    for endpoint, operation in described:
        path = paths.setdefault(endpoint.path, _path_item(endpoint))
        path[endpoint.method.lower()] = _operation(endpoint, operation, models)
    return {
        "openapi": "3.1.0",
        "info": _info(),
        "servers": [{"url": "/", "description": "the api host, which serves this document"}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(models.named.items())),
            "responses": refusal_components(models.of(Error)),
            "securitySchemes": {TOKEN: _SECURITY},
        },
    }


_SECURITY = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "An access token of the tenant's management client (grant client_credentials) "
    "with the scopes that the operation names",
}


def _info() -> Schema:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    text = (
        "Members that a body should not have are ignored, read-only ones among them; the content "
        "type of a body does not matter. Identical paths on the auth host are another API.\n\n"
    )
    return {
        "title": "Keybound management API",
        "version": project["version"],
        "license": {"name": "Apache 2.0", "identifier": project["license"]},
        "description": text + limits_table(),
    }


def _described(endpoint: Endpoint) -> Operation:
    try:
        return DESCRIBED[endpoint.room][endpoint.name]
    except KeyError as error:
        raise LookupError(
            f"{endpoint.method} {endpoint.path} ({endpoint.room}.{endpoint.name}) is not described:"
            " add it to tools/openapi, then make openapi"
        ) from error


def _models(operations: Iterator[Operation]) -> list[Any]:
    found: dict[Any, None] = {Error: None}
    for operation in operations:
        if operation.answer is not None:
            found[operation.answer] = None
        if operation.sent is not None and not isinstance(operation.sent.model, dict):
            found[operation.sent.model] = None
    return list(found)


def _path_item(endpoint: Endpoint) -> Schema:
    parameters = [_path_parameter(name, endpoint) for name in re.findall(r"{(\w+)}", endpoint.path)]
    return {"parameters": parameters} if parameters else {}


def _path_parameter(name: str, endpoint: Endpoint) -> Schema:
    schema: Schema = {"type": "string", "minLength": 1}
    text = _PATH_TEXTS.get(name, "")
    if name == "identity_id" and re.search(r"identity_id}/[\w-]+\Z", endpoint.path):
        text = _EVERY_IDENTITY
    content = {"name": name, "in": "path", "required": True, "schema": schema}
    return content | ({"description": text} if text else {})


def _operation(endpoint: Endpoint, operation: Operation, models: Components) -> Schema:
    content: Schema = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [endpoint.room.replace("_", "-")],
    }
    if parameters := _parameters(endpoint, operation):
        content["parameters"] = parameters
    if operation.sent is not None:
        content["requestBody"] = _body(operation, models)
    success = models.of(operation.answer) if operation.answer is not None else None
    content["responses"] = answers(operation, success, named="{" in endpoint.path)
    scopes = operation.scopes
    content["security"] = [] if scopes is None else [{TOKEN: list(scopes)}]
    return content


def _parameters(endpoint: Endpoint, operation: Operation) -> list[Schema]:
    found = [parameter.content() for parameter in operation.query]
    if operation.once:
        found.append(_header("Idempotency-Key", "answers a repeat as the first call", _KEY))
    if operation.judges:
        found.append(_header("If-Match", "412 unless it is still one of these versions", _TAGS))
        if endpoint.method == "GET":
            found.append(_header("If-None-Match", "304 if it is one of these versions", _TAGS))
    return found


_KEY = {"type": "string", "minLength": 1, "maxLength": MAX_KEY, "pattern": "^[!-~]([ -~]*[!-~])?$"}
_TAGS = {"type": "string", "pattern": r'^(\*|"[!#-~]*"(, "[!#-~]*")*)$'}


def _header(name: str, text: str, schema: Schema) -> Schema:
    return {"name": name, "in": "header", "description": text, "schema": schema}


def _body(operation: Operation, models: Components) -> Schema:
    sent = operation.sent
    assert sent is not None
    schema = sent.model if isinstance(sent.model, dict) else models.of(sent.model)
    if sent.wrapper:
        members = {sent.wrapper: schema}
        schema = {"type": "object", "required": [sent.wrapper], "properties": members}
    return {
        "required": not sent.optional,
        "content": {"application/json": {"schema": schema}},
    }
