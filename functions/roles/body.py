"""Bodies that make and change a role: `{"role": {…}}`."""

from typing import cast

from keybound.directory.roles import RoleSettings
from keybound.edge.management import Body, Description, DisplayName


class RoleBody(Body):
    """PATCH: only what was sent counts, so the defaults here are never stored."""

    display_name: DisplayName = ""
    description: Description = ""


class NewRoleBody(RoleBody):
    """POST."""

    display_name: DisplayName


def settings(body: RoleBody) -> RoleSettings:
    """Return what was sent, under the names of `Role`."""
    return cast(RoleSettings, body.model_dump(exclude_unset=True))
