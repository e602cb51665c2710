"""Bodies that make and change a resource server: `{"resource_server": {…}}`.

What identifier and scopes may be is judged by `keybound.directory.resource_server_rules`.
"""

from typing import cast

from keybound.directory.resource_servers import ResourceServerSettings
from keybound.edge.management import Body, FreeName
from pydantic import Field


class ResourceServerBody(Body):
    """PATCH: only what was sent counts, so the defaults here are never stored."""

    display_name: FreeName = ""
    identifier: str = ""
    scopes: list[str] = Field(default_factory=list)
    scopes_by_role: bool = False


class NewResourceServerBody(ResourceServerBody):
    """POST."""

    display_name: FreeName
    identifier: str


def settings(body: ResourceServerBody) -> ResourceServerSettings:
    """Return what was sent, under the names of `ResourceServer`."""
    sent = body.model_dump(exclude_unset=True)
    if "scopes" in sent:
        sent["scopes"] = tuple(sent["scopes"])
    return cast(ResourceServerSettings, sent)
