"""The OpenAPI document as a page, on the api port of the development server: `GET /_dev/api`.

Rendered here, without scripts and without anything from elsewhere.
"""

import json
from html import escape
from typing import Any

from functions.manifest import OPENAPI, Host
from tools.devserver.events import HttpAnswer, HttpCall
from tools.devserver.invocation import call_route

PATH = "/_dev/api"
_CSP = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def api_page(call: HttpCall) -> HttpAnswer | None:
    """Answer GET of the page with what the room `openapi` serves; None for all other calls."""
    if call.method != "GET" or call.path != PATH:
        return None
    document = json.loads(call_route(Host.API, HttpCall("GET", OPENAPI)).body)
    headers = {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "content-security-policy": _CSP,
    }
    return HttpAnswer(200, headers, _page(document).encode())


def _page(document: dict[str, Any]) -> str:
    operations = "".join(
        _operation(method.upper(), path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    )
    schemas = "".join(
        f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>'
        f"{_json(schema)}</details>"
        for name, schema in document["components"]["schemas"].items()
    )
    info = document["info"]
    return _PAGE.format(
        title=escape(info["title"]),
        version=escape(info["version"]),
        text=escape(info["description"]),
        operations=operations,
        schemas=schemas,
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    scopes = [scope for each in operation["security"] for names in each.values() for scope in names]
    parts = [f"<p>{escape(operation['summary'])}. Scopes: {escape(' '.join(scopes) or 'none')}</p>"]
    parts += [
        f"<p><code>{escape(each['name'])}</code> ({each['in']}) {escape(each['description'])}</p>"
        for each in operation.get("parameters", [])
    ]
    if body := operation.get("requestBody"):
        parts.append(f"<p>Body</p>{_json(body['content']['application/json']['schema'])}")
    for status, answer in operation["responses"].items():
        schema = answer.get("content", {}).get("application/json", {}).get("schema")
        shown = _json(schema) if schema else ""
        said = answer.get("description") or answer.get("$ref", "").rpartition("/")[2]
        parts.append(f"<p>{status} {escape(said)}</p>{shown}")
    name = f"<b>{method}</b> <code>{escape(path)}</code>"
    return f"<details><summary>{name}</summary>{''.join(parts)}</details>"


def _json(schema: Any) -> str:
    return f"<pre>{escape(json.dumps(schema, indent=1, ensure_ascii=False))}</pre>"


_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width">
<style>
  body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
    padding: 0 1rem }}
  summary {{ padding: .3rem 0; cursor: pointer; overflow-wrap: anywhere }}
  details {{ border-bottom: 1px solid #ccc }}
  pre {{ white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem }}
</style>
<h1>{title} {version}</h1>
<p>For programs: <a href="/openapi.json">/openapi.json</a></p>
<pre>{text}</pre>
<h2>Operations</h2>
{operations}
<h2>Schemas</h2>
{schemas}
</html>
"""
