"""Pages of lists: `page_size`, `page_token`, `skip` in; `next_page_token` out.

A page token is sealed and bound to tenant, realm, resource and filter, and lives for one week.
"""

import json
from dataclasses import dataclass
from typing import Any, Protocol

from keybound.domain.errors import refuse_field
from keybound.edge.http import Request

TOKEN_LIFETIME_S = 7 * 24 * 3600
MAX_SKIP = 10_000
_UINT32 = 2**32


class PageSealer(Protocol):
    """Satisfied by `keybound.signing.sealing.Sealer` under the purpose `page`."""

    def seal(self, plain: bytes, associated_data: str) -> str: ...

    def open(self, sealed: str, associated_data: str) -> bytes: ...


@dataclass(frozen=True)
class PageLimits:
    """What a list allows."""

    default: int = 20
    maximum: int = 200
    may_skip: bool = True


LONG_LIST = PageLimits()
SHORT_LIST = PageLimits(default=100, maximum=100, may_skip=False)


@dataclass(frozen=True)
class Page:
    """Which part of a list is asked for. `start` is the table key to go on from, or None; kept:
    the filter under which the page token was made, or None without a token."""

    size: int
    skip: int = 0
    start: dict[str, str] | None = None
    kept: str | None = None


def read_page(
    request: Request, sealer: PageSealer, *, scope: str, limits: PageLimits, now: int
) -> Page:
    """Read the page parameters. Sizes above the maximum are clamped, not refused.

    scope: what the token is bound to (see `list_scope`). Raises BadRequest naming the parameter.
    """
    parameters = _single(request)
    size = _number(parameters, "page_size", limits.default)
    skip = _number(parameters, "skip", 0) if limits.may_skip else 0
    if skip > MAX_SKIP:
        raise refuse_field("skip", f"at most {MAX_SKIP}")
    token = parameters.get("page_token", "")
    if not token:
        return Page(min(size or limits.default, limits.maximum), skip)
    content = _open(sealer, token, scope, now)
    size = size if "page_size" in parameters else content["n"]
    size = min(size or limits.default, limits.maximum)
    return Page(size, skip, content["k"], content.get("f", ""))


def read_number(request: Request, name: str, default: int) -> int:
    """Return a parameter that is an unsigned 32-bit number. Raises BadRequest naming it, also for
    one whose name ends in `skip` and that is beyond the longest skip."""
    value = _number(_single(request), name, default)
    if name.endswith("skip") and value > MAX_SKIP:
        raise refuse_field(name, f"at most {MAX_SKIP}")
    return value


def next_page_token(
    sealer: PageSealer,
    *,
    scope: str,
    start: dict[str, str],
    size: int,
    now: int,
    filter_text: str = "",
) -> str:
    """Return the token for the page that begins after `start`; it remembers page size and
    filter."""
    content = {"k": start, "n": size, "e": now + TOKEN_LIFETIME_S}
    content |= {"f": filter_text} if filter_text else {}
    return sealer.seal(json.dumps(content, separators=(",", ":")).encode(), f"page|{scope}")


def refuse_filter(request: Request) -> None:
    """Refuse a filter that the list does not know: without it the answer would show too much."""
    if any(name == "filter" and value for name, value in request.query()):
        raise refuse_field("filter", "not supported for this list")


def list_scope(request: Request, resource: str, part: str = "") -> str:
    """Return what a list's page tokens are bound to: tenant, realm, whatever else its path names,
    and the `part` of that. What they were filtered by is inside of them."""
    path = "/".join(request.path[name] for name in sorted(request.path))
    return f"{resource}|{path}|{part}"


def _single(request: Request) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in request.query():
        if name in found:
            raise refuse_field(name, "sent more than once")
        found[name] = value
    return found


def _number(parameters: dict[str, str], name: str, default: int) -> int:
    text = parameters.get(name, "")
    if text == "":
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 10 or int(text) >= _UINT32:
        raise refuse_field(name, "not an unsigned 32-bit number")
    return int(text)


def _open(sealer: PageSealer, token: str, scope: str, now: int) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(sealer.open(token, f"page|{scope}"))
    except ValueError as error:
        raise refuse_field("page_token", "invalid page token") from error
    if now >= content["e"]:
        raise refuse_field("page_token", "invalid page token")
    return content
