"""The one filter of the list of identities: `traits.username eq "x"` (RFC 7644 §3.4.2.2)."""

import json
import re

from keybound.domain.errors import BadRequest, refuse_field
from keybound.edge.http import Request

MAX_LENGTH = 512
# Attribute names and operators know no case (RFC 7644 §3.4.2.2); the value is a JSON string.
_EXPRESSION = re.compile(r'\s*traits\.username\s+eq\s+("(?:[^"\\]|\\.)*")\s*\Z', re.IGNORECASE)


def username_filter(request: Request) -> str | None:
    """Return the username that is asked for, or None without a filter. Raises BadRequest."""
    found = [value for name, value in request.query() if name == "filter" and value]
    if not found:
        return None
    match = _EXPRESSION.match(found[0]) if len(found) == 1 and len(found[0]) <= MAX_LENGTH else None
    if match is None:
        raise _refused()
    try:
        username: str = json.loads(match[1])
        username.encode("utf-8")
    except ValueError as error:
        raise _refused() from error
    return username


def _refused() -> BadRequest:
    return refuse_field("filter", 'only traits.username eq "…" is supported')
