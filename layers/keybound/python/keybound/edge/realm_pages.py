"""Pages of a realm's long lists, which an index holds in order of creation."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from keybound.domain.tenancy import RealmPath
from keybound.edge.http import Request, Response
from keybound.edge.management import listing
from keybound.edge.paging import (
    LONG_LIST,
    PageSealer,
    list_scope,
    next_page_token,
    read_page,
    refuse_filter,
)

_Member = TypeVar("_Member")


class RealmList(Protocol[_Member]):
    """Storage that lists by creation and knows how many there are."""

    def page(
        self, path: RealmPath, *, size: int, skip: int, start: Mapping[str, str] | None
    ) -> tuple[list[_Member], dict[str, str] | None]:
        """Return up to `size` members and the key to go on from, if there are more."""

    def total(self, path: RealmPath) -> int: ...


def answer_realm_page(
    request: Request,
    path: RealmPath,
    members: RealmList[_Member],
    content: Callable[[_Member], dict[str, Any]],
    *,
    plural: str,
    sealer: PageSealer,
    now: int,
) -> Response:
    """Answer with the page that `request` asks for. Raises BadRequest naming a parameter; a list
    that knows a filter takes care of it before."""
    refuse_filter(request)
    scope = list_scope(request, plural)
    page = read_page(request, sealer, scope=scope, limits=LONG_LIST, now=now)
    shown, more = members.page(path, size=page.size, skip=page.skip, start=page.start)
    token = ""
    if more is not None:
        token = next_page_token(sealer, scope=scope, start=more, size=page.size, now=now)
    return listing(plural, [content(member) for member in shown], members.total(path), token)
