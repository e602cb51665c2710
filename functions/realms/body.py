"""The body that makes a realm."""

from typing import Literal

from keybound.edge.management import Body, DisplayName


class RealmBody(Body):
    """`{"realm": {display_name, classification?}}`."""

    display_name: DisplayName
    classification: Literal["SECURE_CUSTOMER", "SECURE_WORKFORCE"] = "SECURE_CUSTOMER"
