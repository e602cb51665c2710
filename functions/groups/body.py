"""Bodies that make and change a group: `{"group": {…}}`."""

from typing import cast

from keybound.directory.groups import GroupSettings
from keybound.edge.management import Body, Description, DisplayName


class GroupBody(Body):
    """PATCH: only what was sent counts, so the defaults here are never stored."""

    display_name: DisplayName = ""
    description: Description = ""


class NewGroupBody(GroupBody):
    """POST."""

    display_name: DisplayName


def settings(body: GroupBody) -> GroupSettings:
    """Return what was sent, under the names of `Group`."""
    return cast(GroupSettings, body.model_dump(exclude_unset=True))
