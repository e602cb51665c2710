"""Pages of members: of a group, identities; of a role, two lists at once, groups and identities.

A token of the two lists remembers after which group and after which identity to go on, and the two
page sizes; a list that has ended stays empty on the pages after.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from keybound.domain.group import Group, Role
from keybound.domain.identity import Identity
from keybound.edge.access_resources import group_content
from keybound.edge.http import Request, Response
from keybound.edge.identity_resource import identity_content
from keybound.edge.management import listing, resource
from keybound.edge.paging import (
    LONG_LIST,
    Page,
    PageSealer,
    list_scope,
    next_page_token,
    read_number,
    read_page,
    refuse_filter,
)

_ENDED = "-"


class Members(Protocol):
    """Satisfied by `keybound.storage.memberships.Memberships`."""

    def page(
        self, holder: Group | Role, *, size: int, skip: int, start: dict[str, str] | None
    ) -> tuple[list[Identity], dict[str, str] | None]: ...


def answer_group_members(
    request: Request, members: Members, group: Group, *, sealer: PageSealer, now: int
) -> Response:
    """Answer with a page of the group's identities. Raises BadRequest naming a parameter."""
    refuse_filter(request)
    scope = list_scope(request, "members")
    page = read_page(request, sealer, scope=scope, limits=LONG_LIST, now=now)
    shown, more = members.page(group, size=page.size, skip=page.skip, start=page.start)
    token = ""
    if more is not None:
        token = next_page_token(sealer, scope=scope, start=more, size=page.size, now=now)
    content = [identity_content(identity) for identity in shown]
    return listing("identities", content, group.member_count, token)


def answer_role_members(
    request: Request,
    members: Members,
    role: Role,
    groups: Sequence[Group],
    *,
    sealer: PageSealer,
    now: int,
) -> Response:
    """Answer with a page of each list. groups: all of the role's, in the order of their ids.

    Parameters: `groups_page_size`, `groups_skip`, `identities_page_size`, `identities_skip`,
    `page_token`. Raises BadRequest naming one.
    """
    refuse_filter(request)
    scope = list_scope(request, "members")
    kept = read_page(request, sealer, scope=scope, limits=LONG_LIST, now=now).start or {}
    of_groups = _page(request, "groups", kept)
    of_identities = _page(request, "identities", kept)
    shown_groups, next_group = _groups_page(groups, of_groups)
    shown, more = _identities_page(members, role, of_identities)
    content: dict[str, Any] = {
        "groups": [group_content(group) for group in shown_groups],
        "total_groups_size": len(groups),
        "identities": [identity_content(identity) for identity in shown],
        "total_identities_size": role.member_count,
    }
    if next_group != _ENDED or more is not None:
        start = {
            "groups_size": str(of_groups.size),
            "identities_size": str(of_identities.size),
            "groups": next_group,
            "identities": more["sk"] if more else _ENDED,
            "pk": more["pk"] if more else "",
        }
        token = next_page_token(sealer, scope=scope, start=start, size=0, now=now)
        content["next_page_token"] = token
    return resource(content)


def _page(request: Request, name: str, kept: dict[str, str]) -> Page:
    default = int(kept.get(f"{name}_size", 0)) or LONG_LIST.default
    size = read_number(request, f"{name}_page_size", default) or default
    skip = read_number(request, f"{name}_skip", 0)
    start = {"sk": kept[name], "pk": kept["pk"]} if name in kept else None
    return Page(min(size, LONG_LIST.maximum), skip, start)


def _groups_page(groups: Sequence[Group], page: Page) -> tuple[Sequence[Group], str]:
    after = page.start["sk"] if page.start else ""
    if after == _ENDED:
        return [], _ENDED
    rest = [group for group in groups if group.id > after][page.skip :]
    shown = rest[: page.size]
    return shown, shown[-1].id if len(rest) > len(shown) else _ENDED


def _identities_page(
    members: Members, role: Role, page: Page
) -> tuple[list[Identity], dict[str, str] | None]:
    if page.start is not None and page.start["sk"] == _ENDED:
        return [], None
    return members.page(role, size=page.size, skip=page.skip, start=page.start)
