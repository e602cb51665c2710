"""What the authenticate room is built from."""

from functools import cache

from keybound.oauth.authenticate_endpoint import AuthenticateEndpoint
from keybound.oauth.request_token import RequestTokens
from keybound.storage.logins import Logins, PasskeyOwners
from keybound.storage.passkey_use import PasskeyUse
from keybound.storage.pushed_requests import PushedRequests

from functions import composition


@cache
def ports() -> AuthenticateEndpoint:
    """Return the endpoint, wired once per process."""
    return AuthenticateEndpoint(
        configuration=composition.configuration(),
        tokens=RequestTokens(composition.authenticator("request"), composition.sealer("request")),
        passkeys=PasskeyOwners(composition.directory()),
        logins=Logins(composition.grants()),
        uses=PasskeyUse(composition.directory()),
        pushed=PushedRequests(composition.grants()),
        seal=composition.sealer("locator"),
        clock=composition.clock,
        randomness=composition.randomness,
        auth_base_url=composition.settings().auth_base_url,
    )
