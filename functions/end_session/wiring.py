"""What the end_session room is built from."""

from functools import cache

from keybound.oauth.end_session_endpoint import EndSessionEndpoint
from keybound.storage.refresh_families import RefreshFamilies

from functions import composition


@cache
def ports() -> EndSessionEndpoint:
    """Return the endpoint, wired once per process."""
    return EndSessionEndpoint(
        configuration=composition.configuration(),
        verifier=composition.verifier(),
        logins=RefreshFamilies(composition.grants()),
        seal=composition.sealer("locator"),
        clock=composition.clock,
        auth_base_url=composition.settings().auth_base_url,
    )
