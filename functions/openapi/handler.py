"""The OpenAPI document of the management API.

GET  /openapi.json
Proof: none. It holds no secret and names no tenant, so everybody may read it and keep it.
`tools/openapi` writes the file; this room only hands it out.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from keybound.edge.cors import public_headers, public_preflight
from keybound.edge.errors import JSON, management_error
from keybound.edge.http import Request, Response
from keybound.edge.room import Route, run

from functions.manifest import OPENAPI

CACHE_S = 3600
_FILE = Path(__file__).with_name("openapi.json")


def read(request: Request) -> Response:
    """Answer with the document, or 304 to a caller that has it (RFC 9110 §13.1.2)."""
    text, tag = _document()
    headers = {"cache-control": f"public, max-age={CACHE_S}", "etag": tag}
    if tag in [each.strip() for each in request.header("if-none-match").split(",")]:
        return Response(304, headers=headers)
    return Response(200, text, {**JSON, **headers})


@cache
def _document() -> tuple[str, str]:
    text = json.dumps(json.loads(_FILE.read_bytes()), separators=(",", ":"), ensure_ascii=False)
    return text, f'"{hashlib.sha256(text.encode()).hexdigest()[:27]}"'


ROUTES = {OPENAPI: Route({"GET": read}, management_error, public_preflight, public_headers)}


def lambda_handler(event: Mapping[str, Any], context: object) -> dict[str, Any]:
    return run(ROUTES, event, room="openapi")
