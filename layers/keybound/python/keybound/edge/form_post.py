"""A page that posts an authorization response to the client at once (OAuth 2.0 Form Post §2).

Every value is escaped; the one script is named by its hash and submits the only form. The person
sees a button, for browsers without scripts.
"""

import base64
import hashlib
from collections.abc import Mapping
from html import escape

from keybound.edge.http import Response
from keybound.edge.pages import PAGE_HEADERS, STYLE

_SCRIPT = "document.forms[0].submit()"


def form_post_page(action: str, parameters: Mapping[str, str]) -> Response:
    """Return the page. action: a redirect URI that was found to be registered."""
    inputs = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in parameters.items()
    )
    body = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>One moment</title><style>{STYLE}</style>"
        f'<main><h1>One moment</h1><form method="post" action="{escape(action)}">{inputs}'
        f"<button>Continue</button></form></main><script>{_SCRIPT}</script></html>"
    )
    return Response(200, body, {**PAGE_HEADERS, "content-security-policy": _POLICY})


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


# No form-action: browsers also hold it against where the client redirects to afterwards.
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_hash(STYLE)}'; script-src 'sha256-{_hash(_SCRIPT)}'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
