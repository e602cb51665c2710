"""Bodies that make and change a realm: `{"realm": {display_name, classification?}}`."""

from typing import Literal, cast

from keybound.directory.realms import RealmSettings
from keybound.edge.management import Body, DisplayName

Classification = Literal["SECURE_CUSTOMER", "SECURE_WORKFORCE"]


class RealmBody(Body):
    """POST."""

    display_name: DisplayName
    classification: Classification = "SECURE_CUSTOMER"


class RealmChangeBody(Body):
    """PATCH: only what was sent counts."""

    display_name: DisplayName = ""
    classification: Classification = "SECURE_CUSTOMER"

    def settings(self) -> RealmSettings:
        """Return what was sent."""
        return cast(RealmSettings, self.model_dump(exclude_unset=True))
