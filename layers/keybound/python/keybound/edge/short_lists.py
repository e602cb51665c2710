"""Pages of collections that are small enough to be read whole: configuration, realms.

The page token remembers after which id it goes on, so a page neither repeats nor leaves out what
was there all the time, whatever was added or removed in between.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from keybound.edge.http import Request, Response
from keybound.edge.management import listing, resource
from keybound.edge.paging import (
    PageLimits,
    PageSealer,
    list_scope,
    next_page_token,
    read_page,
    refuse_filter,
)


class Identified(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> str: ...


_Member = TypeVar("_Member", bound=Identified)


def answer_page(
    request: Request,
    members: Sequence[_Member],
    content: Callable[[_Member], dict[str, Any]],
    *,
    plural: str,
    limits: PageLimits,
    sealer: PageSealer,
    now: int,
    part: str = "",
) -> Response:
    """Answer with the page that `request` asks for.

    members: the whole collection in the order of ids. part: of what the path names, the part that
    this list is; page tokens are bound to it. Raises BadRequest naming a parameter.
    """
    scope = list_scope(request, plural, part)
    shown, token = page_of(request, members, scope, limits=limits, sealer=sealer, now=now)
    return listing(plural, [content(member) for member in shown], len(members), token)


def page_of(
    request: Request,
    members: Sequence[_Member],
    scope: str,
    *,
    limits: PageLimits,
    sealer: PageSealer,
    now: int,
) -> tuple[list[_Member], str]:
    """Return the members of the page that `request` asks for, and the token of the next one, empty
    on the last. scope: of `list_scope`. Raises BadRequest naming a parameter."""
    refuse_filter(request)
    page = read_page(request, sealer, scope=scope, limits=limits, now=now)
    after = page.start["after"] if page.start else ""
    rest = [member for member in members if member.id > after][page.skip :]
    shown = rest[: page.size]
    token = ""
    if len(rest) > len(shown):
        start = {"after": shown[-1].id}
        token = next_page_token(sealer, scope=scope, start=start, size=page.size, now=now)
    return shown, token


def answer_texts(
    request: Request,
    texts: Sequence[str],
    *,
    plural: str,
    limits: PageLimits,
    sealer: PageSealer,
    now: int,
) -> Response:
    """Answer with a page of plain texts, which are their own ids. texts: all, in order."""
    refuse_filter(request)
    scope = list_scope(request, plural)
    page = read_page(request, sealer, scope=scope, limits=limits, now=now)
    after = page.start["after"] if page.start else ""
    rest = [text for text in texts if text > after][page.skip :]
    shown = rest[: page.size]
    content: dict[str, Any] = {plural: shown, "total_size": len(texts)}
    if len(rest) > len(shown):
        start = {"after": shown[-1]}
        token = next_page_token(sealer, scope=scope, start=start, size=page.size, now=now)
        content["next_page_token"] = token
    return resource(content)
