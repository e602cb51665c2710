"""Bodies that make and change a resource server: `{"resource_server": {…}}`.

What identifier and scopes may be is judged by `keybound.directory.resource_server_rules`.
"""

from typing import Annotated, cast

from keybound.directory import resource_server_rules as rules
from keybound.directory.application_rules import OPENID_SCOPES
from keybound.directory.resource_servers import ResourceServerSettings
from keybound.edge.management import Body, FreeName, pattern_of, said
from pydantic import Field

Identifier = Annotated[
    str, said(minLength=1, maxLength=rules.MAX_IDENTIFIER, pattern=pattern_of(rules.FORM))
]
Scope = Annotated[
    str, said(pattern=pattern_of(rules.SCOPE), **{"not": {"enum": sorted(OPENID_SCOPES)}})
]
Scopes = Annotated[list[Scope], said(maxItems=rules.MAX_SCOPES, uniqueItems=True)]


class ResourceServerBody(Body):
    """PATCH: only what was sent counts, so the defaults here are never stored."""

    display_name: FreeName = ""
    identifier: Identifier = ""
    scopes: Scopes = Field(default_factory=list)
    scopes_by_role: bool = False


class NewResourceServerBody(ResourceServerBody):
    """POST."""

    display_name: FreeName
    identifier: Identifier


def settings(body: ResourceServerBody) -> ResourceServerSettings:
    """Return what was sent, under the names of `ResourceServer`."""
    sent = body.model_dump(exclude_unset=True)
    if "scopes" in sent:
        sent["scopes"] = tuple(sent["scopes"])
    return cast(ResourceServerSettings, sent)
