"""What the end_session room is built from."""

from functools import cache

from keybound.oauth.end_session_endpoint import EndSessionEndpoint
from keybound.storage.logout_notices import LoginEnds

from functions import composition


@cache
def ports() -> EndSessionEndpoint:
    """Return the endpoint, wired once per process."""
    return EndSessionEndpoint(
        configuration=composition.configuration(),
        verifier=composition.verifier(),
        logins=LoginEnds(composition.grants(), composition.randomness),
        seal=composition.sealer("locator"),
        clock=composition.clock,
        auth_base_url=composition.settings().auth_base_url,
    )
