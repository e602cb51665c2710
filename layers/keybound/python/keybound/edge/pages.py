"""The few pages that people see instead of JSON: plain, static, framed by nobody.

Every text that comes from outside is escaped; no script, no image, no form.
"""

import base64
import hashlib
from html import escape

from keybound.edge.errors import NO_STORE
from keybound.edge.http import Request, Response

_POLICY = (
    "default-src 'none'; style-src 'sha256-{style}'; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'"
)
STYLE = (
    "body{font:1.05rem/1.6 system-ui,sans-serif;max-width:34rem;margin:18vh auto;padding:0 1.5rem;"
    "color:#1c2430;background:#f7f8fa}h1{font-size:1.4rem}@media(prefers-color-scheme:dark)"
    "{body{color:#e6e9ee;background:#14181f}}"
)


def wants_json(request: Request) -> bool:
    """Whether the caller asks for JSON by name rather than for a page (RFC 9110 §12.5.1)."""
    accept = request.header("accept").lower()
    return "application/json" in accept and "text/html" not in accept


def page(status: int, title: str, text: str) -> Response:
    """Return a page with one heading and one paragraph."""
    body = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>"
        f"<main><h1>{escape(title)}</h1><p>{escape(text)}</p></main></html>"
    )
    return Response(status, body, PAGE_HEADERS)


def _style_hash() -> str:
    return base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()


PAGE_HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": _POLICY.format(style=_style_hash()),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    **NO_STORE,
}
