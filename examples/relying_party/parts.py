"""What the views work with, made once when the application is made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import current_app

from examples.relying_party.management import Management
from examples.relying_party.management_token import ManagementToken
from examples.relying_party.openid import OpenIdClient
from examples.relying_party.settings import Settings

NAME = "relying_party"
AUTOMATIC = "automatic"
MANUAL = "manual"


@dataclass(frozen=True)
class Parts:
    """`clients` has an OpenID client per application; `clock` gives epoch seconds."""

    settings: Settings
    management: Management
    clients: dict[str, OpenIdClient]
    clock: Callable[[], float]


def make_parts(settings: Settings, clock: Callable[[], float]) -> Parts:
    """Nothing here speaks to the service yet, so the application starts without it."""
    token = ManagementToken(
        settings.management_token_endpoint,
        settings.management_client_id,
        settings.management_client_secret,
        clock,
    )
    return Parts(
        settings,
        Management(settings.api_base_url, settings.tenant_id, settings.realm_id, token),
        {
            AUTOMATIC: OpenIdClient(settings.automatic, settings.callback_url),
            MANUAL: OpenIdClient(settings.manual, settings.callback_url),
        },
        clock,
    )


def parts() -> Parts:
    """Return the parts of the application that serves this request."""
    return cast(Parts, current_app.extensions[NAME])
