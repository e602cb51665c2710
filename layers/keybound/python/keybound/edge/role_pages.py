"""Pages of roles, of a resource server or of whoever holds them."""

from collections.abc import Sequence

from keybound.domain.errors import refuse_field
from keybound.domain.group import Role
from keybound.edge.access_resources import role_content
from keybound.edge.http import Request, Response
from keybound.edge.paging import LONG_LIST, PageSealer
from keybound.edge.short_lists import answer_page


def answer_roles(
    request: Request, roles: Sequence[Role], server_id: str, *, sealer: PageSealer, now: int
) -> Response:
    """Answer with the page that `request` asks for; its token is for this resource server."""
    return answer_page(
        request,
        roles,
        role_content,
        plural="roles",
        limits=LONG_LIST,
        sealer=sealer,
        now=now,
        part=server_id,
    )


def resource_server_parameter(request: Request) -> str:
    """Return the parameter `resource_server_id`. Raises BadRequest when it is missing, empty or
    repeated."""
    found = [value for name, value in request.query() if name == "resource_server_id"]
    if len(found) != 1 or not found[0]:
        raise refuse_field("resource_server_id", "missing" if not found else "must be one id")
    return found[0]
