"""Pages of a realm's long lists that an index can narrow down."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from keybound.domain.errors import refuse_field
from keybound.domain.tenancy import RealmPath
from keybound.edge.http import Request, Response
from keybound.edge.management import listing
from keybound.edge.paging import LONG_LIST, Page, PageSealer, list_scope, next_page_token, read_page
from keybound.edge.scim_filter import Filter, canonical, parse_filter

_Member = TypeVar("_Member")


class FilteredList(Protocol[_Member]):
    """Storage that lists by creation, and by each set of attributes it says it serves."""

    @property
    def served(self) -> Sequence[Sequence[str]]: ...

    def matching(
        self,
        path: RealmPath,
        wanted: Filter,
        *,
        size: int,
        skip: int,
        start: Mapping[str, str] | None,
    ) -> tuple[list[_Member], dict[str, str] | None]:
        """Return up to `size` members, all of them for an empty `wanted`, and the key to go on
        from, if there may be more."""

    def total(self, path: RealmPath) -> int | None:
        """How many there are without a filter; None when nobody counts them."""


def answer_filtered_page(
    request: Request,
    path: RealmPath,
    members: FilteredList[_Member],
    content: Callable[[_Member], dict[str, Any]],
    *,
    plural: str,
    sealer: PageSealer,
    now: int,
) -> Response:
    """Answer with the page that `request` asks for. Raises BadRequest naming a parameter.

    What matches a filter is counted only where the answer shows all of it: to count more would
    read more than the page.
    """
    scope = list_scope(request, plural)
    page = read_page(request, sealer, scope=scope, limits=LONG_LIST, now=now)
    wanted = _wanted(request, page, members.served)
    shown, more = members.matching(path, wanted, size=page.size, skip=page.skip, start=page.start)
    token = ""
    if more is not None:
        token = next_page_token(
            sealer,
            scope=scope,
            start=more,
            size=page.size,
            now=now,
            filter_text=canonical(wanted),
        )
    whole = len(shown) if not (token or page.start or page.skip) else None
    total = members.total(path) if not wanted else None
    total = whole if total is None else total
    return listing(plural, [content(member) for member in shown], total, token)


def _wanted(request: Request, page: Page, served: Sequence[Sequence[str]]) -> Filter:
    """The filter that was sent, or the one that the page token remembers; never two."""
    sent = next((value for name, value in request.query() if name == "filter"), "")
    wanted = parse_filter(sent or page.kept or "", served)
    if page.kept is not None and canonical(wanted) != page.kept:
        raise refuse_field("filter", "not the filter that the page token was made under")
    return wanted
